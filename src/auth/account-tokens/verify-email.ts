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
 * @throws AuthError INVALID_ACCOUNT_TOKEN; EMAIL_TAKEN, and the token stays good
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
    // Looked at before the token is used up, so that it is still good once the other account has let the address go.
    // The write below decides: of two accounts that verify one address at the same moment, one gets it.
    const holder = purpose === 'email-change' ? await deps.users.findByEmail(to, call) : undefined;
    if (holder !== undefined && holder.id !== userId) throw new AuthError('EMAIL_TAKEN', { userId });
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
