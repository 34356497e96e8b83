import { normalisedPassword } from '../../../auth/accounts/password-policy';

/** How one password may have been written where it was hashed. */
export interface Spellings {
  /** In NFC, and as it was typed: elsewhere passwords were hashed as they came. */
  readonly forms: readonly string[];
  /** The same without the space around them, where there is some: WordPress and Drupal 7 hash a password so. */
  readonly trimmed: readonly string[];
}

export function listSpellings(typed: string): Spellings {
  const forms = [...new Set([normalisedPassword(typed), typed])];
  const trimmed = new Set(forms.map(trimLikePhp));
  return { forms, trimmed: [...trimmed].filter((form) => form !== '' && !forms.includes(form)) };
}

/** PHP's `trim`: these six characters and nothing else of Unicode. */
function trimLikePhp(text: string): string {
  return text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '');
}
