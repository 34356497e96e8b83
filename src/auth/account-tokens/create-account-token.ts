import { FieldCheck } from '../accounts/account-fields';
import { readId } from '../accounts/parse-id';
import { ADMIN_ROLE, type TokenMaker } from '../admin/authorize';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import type { Ids } from '../ids';
import type { AccountTokensDeps } from './find-account-token';
import { ACCOUNT_TOKEN_TTL_MS } from './stored-account-tokens';

export interface CreateAccountTokenInput {
  readonly userId: string;
  /** Undefined: none was given. */
  readonly purpose: 'password-reset' | 'email-verification' | undefined;
}

export type CreateAccountTokenDeps = AccountTokensDeps & { readonly events: Events; readonly ids: Ids };

/**
 * Makes a token for a message that is not Postern's to send. Voids the one before of its purpose.
 *
 * @throws AuthError INVALID_FIELDS, USER_NOT_FOUND, SERVICE_ACCOUNT, ROLE_MISSING, SESSION_REQUIRED
 */
export function createAccountToken(deps: CreateAccountTokenDeps) {
  return async (
    input: CreateAccountTokenInput,
    { actorId, adminsRefused }: Pick<TokenMaker, 'actorId' | 'adminsRefused'>,
    call: Call,
  ): Promise<{ readonly token: string; readonly expiresAt: Date }> => {
    const { purpose } = input;
    const check = new FieldCheck();
    const userId = readId(check, 'user_id', input.userId);
    check.add('purpose', purpose === undefined ? 'Give a purpose' : undefined).done();
    const user = await deps.users.findById(userId, call);
    if (user === undefined || purpose === undefined) throw new AuthError('USER_NOT_FOUND');
    if (user.kind === 'service') throw new AuthError('SERVICE_ACCOUNT');
    const { username, email: address, sessionEpoch: epoch } = user;
    if (adminsRefused !== undefined && user.roles.includes(ADMIN_ROLE)) {
      recordEvent(deps.events, call, 'role.denied', { userId: actorId, reason: 'token_of_admin' });
      throw new AuthError(adminsRefused, { userId: actorId });
    }
    throwIfEnded(call, deps.clock);
    const { text, tokenHash } = deps.accountTokenTexts.mint();
    const expiresAt = new Date(deps.clock.now() + ACCOUNT_TOKEN_TTL_MS[purpose]);
    const token = { id: deps.ids.next(), purpose, userId, address, epoch, tokenHash, expiresAt };
    // A newer one was made at the same moment, on a replica whose clock is ahead.
    if ((await deps.accountTokens.issue(token, call)) === 'superseded') {
      throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    }
    const type = purpose === 'password-reset' ? 'password.reset_requested' : 'email.verification_requested';
    recordEvent(deps.events, call, type, { userId, username, actorId });
    return { token: text, expiresAt };
  };
}
