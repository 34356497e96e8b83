import type { AccountTokenTexts } from '../account-tokens/account-token-texts';
import { ACCOUNT_TOKEN_TTL_MS, type StoredAccountTokens } from '../account-tokens/stored-account-tokens';
import { printableText } from '../accounts/printable-text';
import type { StoredUser, Users } from '../accounts/users';
import type { Events } from '../audit/events';
import type { Call } from '../call';
import type { Clock } from '../clock';
import type { ComposedMail, ComposeMail } from './composed-mail';
import { MAIL_LIMITS, type MailLimits, mailSubject, NOTICE_LIMITS } from './mail-limits';
import type { OutgoingMail } from './outgoing-mail';

/** Where the pages are that take a token to ResetPassword and VerifyEmail; `{token}` stands for it. */
export interface AccountLinks {
  /** RESET_URL. */
  readonly reset: string;
  /** VERIFY_URL. */
  readonly verify: string;
}

export interface ComposeMailDeps {
  readonly users: Pick<Users, 'findById' | 'findByEmail'>;
  readonly accountTokens: Pick<StoredAccountTokens, 'issue'>;
  readonly accountTokenTexts: Pick<AccountTokenTexts, 'derive'>;
  readonly mailLimits: MailLimits;
  readonly accountLinks: AccountLinks;
  readonly events: Events;
  readonly clock: Clock;
  readonly internalCall: () => Call;
}

/** A mail that carries a token; its kind is the purpose of the token. */
type TokenMail = OutgoingMail & { readonly kind: keyof typeof ACCOUNT_TOKEN_TTL_MS };

/**
 * Looks up, right before a mail is sent, its recipient and makes its token. So a call that asks for a mail does the
 * same whether or not there is an account, and neither text nor token of a mail waits in the store. There is nothing to
 * send when there is no account (any more), when what the mail is about has been overtaken, and when the address has
 * had enough mails of this kind.
 */
export function composeMail(deps: ComposeMailDeps): ComposeMail {
  return async (mail) => {
    const call = deps.internalCall();
    const user = await findUser(deps, mail, call);
    if (user === undefined || user.email === '') return undefined;
    return isTokenMail(mail) ? composeTokenMail(deps, mail, user, call) : composeNotice(deps, mail, user, call);
  };
}

function isTokenMail(mail: OutgoingMail): mail is TokenMail {
  return Object.hasOwn(ACCOUNT_TOKEN_TTL_MS, mail.kind);
}

function findUser({ users }: ComposeMailDeps, mail: OutgoingMail, call: Call): Promise<StoredUser | undefined> {
  return mail.userId === undefined ? users.findByEmail(mail.address, call) : users.findById(mail.userId, call);
}

async function composeNotice(
  deps: ComposeMailDeps,
  mail: OutgoingMail,
  { username }: StoredUser,
  call: Call,
): Promise<ComposedMail | undefined> {
  const { id, kind, address, newAddress = address } = mail;
  const subject = mailSubject(kind, address);
  if (!(await deps.mailLimits.take(subject, id, NOTICE_LIMITS, deps.clock.now(), call))) return undefined;
  return { to: address, kind, values: { username: printableText(username), email: newAddress } };
}

async function composeTokenMail(
  deps: ComposeMailDeps,
  mail: TokenMail,
  user: StoredUser,
  call: Call,
): Promise<ComposedMail | undefined> {
  const { kind } = mail;
  const address = findAddress(mail, user);
  if (address === undefined || !user.active) return undefined;
  const now = deps.clock.now();
  if (!(await deps.mailLimits.take(mailSubject(kind, address), mail.id, MAIL_LIMITS, now, call))) return undefined;
  const { text, tokenHash } = deps.accountTokenTexts.derive(mail.id);
  const ttlMs = ACCOUNT_TOKEN_TTL_MS[kind];
  const expiresAt = new Date(now + ttlMs);
  const token = {
    id: mail.id,
    purpose: kind,
    userId: user.id,
    address,
    epoch: user.sessionEpoch,
    tokenHash,
    expiresAt,
  };
  const issued = await deps.accountTokens.issue(token, call);
  if (issued === 'superseded') return undefined;
  if (issued === 'issued') recordRequest(deps, mail, user);
  const { reset, verify } = deps.accountLinks;
  const link = (kind === 'password-reset' ? reset : verify).replaceAll('{token}', () => text);
  const values = { username: printableText(user.username), link, email: address, expiresInMinutes: ttlMs / 60_000 };
  return { to: address, kind, values };
}

/**
 * The address as it is stored, never as a caller spelled it: two texts that are compared as one may be two mailboxes.
 * Undefined when the mail has been overtaken.
 */
function findAddress({ kind, address, userId }: TokenMail, user: StoredUser): string | undefined {
  if (kind === 'email-change') return address;
  if (userId !== undefined && address !== user.email) return undefined;
  return kind === 'email-verification' && user.emailVerified ? undefined : user.email;
}

/** The call that asked for it did not know whether there is an account. Requests of a bearer are recorded at once. */
function recordRequest({ events }: ComposeMailDeps, mail: TokenMail, { id: userId, username }: StoredUser): void {
  if (mail.userId !== undefined) return;
  const { ipAddress = '', requestId = '' } = mail;
  const about = { userId, username, loginDigest: '', actorId: '', reason: '' };
  events.record({ type: 'password.reset_requested', ...about, ipAddress, requestId });
}
