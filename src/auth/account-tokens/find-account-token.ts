import type { StoredUser, Users } from '../accounts/users';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { AccountTokenTexts } from './account-token-texts';
import type { AccountTokenPurpose, StoredAccountToken, StoredAccountTokens } from './stored-account-tokens';

export interface AccountTokensDeps {
  readonly accountTokens: StoredAccountTokens;
  readonly accountTokenTexts: AccountTokenTexts;
  readonly users: Users;
  readonly clock: Clock;
}

/** A token that can still be used, and the user as stored now. */
export interface UsableToken {
  readonly token: StoredAccountToken;
  readonly user: StoredUser;
}

/**
 * The token of a text, if it is for one of these purposes and nothing has changed since it was made: neither the
 * password, nor whether the user is active, nor the address. Uses nothing up.
 *
 * @throws AuthError INVALID_ACCOUNT_TOKEN
 */
export async function findAccountToken(
  deps: AccountTokensDeps,
  text: string,
  purposes: readonly AccountTokenPurpose[],
  call: Call,
): Promise<UsableToken> {
  const tokenHash = deps.accountTokenTexts.hash(text);
  const token = tokenHash === undefined ? undefined : await deps.accountTokens.find(tokenHash, call);
  if (token === undefined) throw new AuthError('INVALID_ACCOUNT_TOKEN');
  const { userId, purpose, expiresAt } = token;
  const isDue = purposes.includes(purpose) && expiresAt.getTime() > deps.clock.now();
  const user = isDue ? await deps.users.findById(userId, call) : undefined;
  if (user === undefined || !user.active || user.sessionEpoch !== token.epoch || !isOwnAddress(token, user)) {
    throw new AuthError('INVALID_ACCOUNT_TOKEN', { userId });
  }
  return { token, user };
}

/** A token to change the address is the only one for an address that the user does not have yet. */
function isOwnAddress({ purpose, address }: StoredAccountToken, { email }: StoredUser): boolean {
  return purpose === 'email-change' || address === email;
}

/** Uses a token up: of any number of calls with it one goes on. @throws AuthError INVALID_ACCOUNT_TOKEN */
export async function consumeAccountToken(
  deps: Pick<AccountTokensDeps, 'accountTokens' | 'clock'>,
  { token: { tokenHash, userId } }: UsableToken,
  call: Call,
): Promise<void> {
  const consumed = await deps.accountTokens.consume(tokenHash, new Date(deps.clock.now()), call);
  if (consumed === undefined) throw new AuthError('INVALID_ACCOUNT_TOKEN', { userId });
}
