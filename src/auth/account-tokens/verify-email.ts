import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import { type AccountTokensDeps, consumeAccountToken, findAccountToken } from './find-account-token';
import { type VoidAccountTokensDeps, voidAccountTokens } from './void-account-tokens';

export type VerifyEmailDeps = AccountTokensDeps & VoidAccountTokensDeps & { readonly events: Events };

/**
 * Verifies an address by a token; one of RequestEmailChange also makes it the user's. Sessions live on. Returns the
 * address.
 *
 * @throws AuthError INVALID_ACCOUNT_TOKEN, EMAIL_TAKEN
 */
export function verifyEmail(deps: VerifyEmailDeps) {
  return async (
    input: { readonly token: string },
    call: Call,
  ): Promise<{ readonly userId: string; readonly email: string }> => {
    const usable = await findAccountToken(deps, input.token, ['email-verification', 'email-change'], call);
    const { user, token } = usable;
    const { id: userId, username, email: from, sessionEpoch: epoch } = user;
    const { address: to, purpose } = token;
    throwIfEnded(call, deps.clock);
    await consumeAccountToken(deps, usable, call);
    const changed = await deps.users.replaceEmail(userId, { from, to, epoch, verified: true }, call);
    if (changed === undefined) throw new AuthError('INVALID_ACCOUNT_TOKEN', { userId });
    if (purpose === 'email-change') await voidAccountTokens(deps, userId, call);
    recordEvent(deps.events, call, purpose === 'email-change' ? 'email.changed' : 'email.verified', {
      userId,
      username,
    });
    return { userId, email: to };
  };
}
