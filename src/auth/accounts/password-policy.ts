import { codePoints } from './account-fields';
import type { CommonPasswords } from './common-passwords';
import { comparisonKey } from './names';

const PASSWORD_MAX_LENGTH = 128;

export interface PasswordPolicy {
  /** PASSWORD_MIN_LENGTH, in code points. */
  readonly minLength: number;
  readonly commonPasswords: CommonPasswords;
}

/**
 * The form in which passwords are hashed: NFC, so that two ways to type "é" are one (NIST SP 800-63B-4 section
 * 3.1.1.2).
 */
export function normalisedPassword(password: string): string {
  return password.normalize('NFC');
}

/**
 * What makes a text unusable as a password, new or presented, or undefined. Invalid UTF-8 arrives as U+FFFD, so that
 * two different byte strings would become one password.
 */
export function presentedPasswordFault(password: string): string | undefined {
  // More UTF-16 units than any allowed password can have, before and after NFC: refused before it costs anything.
  if (password.length > 16 * PASSWORD_MAX_LENGTH) return tooLong();
  if (/[\0\uFFFD]/.test(password) || !password.isWellFormed()) return 'Must be valid UTF-8 without NUL and U+FFFD';
  if (codePoints(normalisedPassword(password)) > PASSWORD_MAX_LENGTH) return tooLong();
  return undefined;
}

/** What keeps a text from becoming a password, or undefined (OWASP ASVS 5.0, 6.2). */
export function newPasswordFault(
  password: string,
  owner: { readonly email: string; readonly username: string },
  policy: PasswordPolicy,
): string | undefined {
  const fault = presentedPasswordFault(password);
  if (fault !== undefined) return fault;
  if (codePoints(normalisedPassword(password)) < policy.minLength) {
    return `Must have at least ${policy.minLength} characters`;
  }
  if (policy.commonPasswords.has(password)) return 'Is one of the most common passwords; choose another';
  const folded = comparisonKey(password);
  const [localPart = ''] = owner.email.split('@');
  const ownWords = [owner.username, localPart].map(comparisonKey).filter((word) => word.length >= 3);
  if (ownWords.some((word) => folded.includes(word))) return 'Must not contain the username or the email';
  if (folded.replaceAll('postern', '').length < policy.minLength && folded.includes('postern')) {
    return 'Must not be built on the name of this service';
  }
  return undefined;
}

function tooLong(): string {
  return `Must have at most ${PASSWORD_MAX_LENGTH} characters`;
}
