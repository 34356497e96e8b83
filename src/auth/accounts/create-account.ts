import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import { emailFault, FieldCheck, usernameFault } from './account-fields';
import type { PasswordHasher } from './password-hasher';
import { newPasswordFault, type PasswordPolicy } from './password-policy';
import type { StoredUser, Users } from './users';

export interface NewAccount {
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
}

export interface CreateAccountDeps {
  readonly users: Users;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Checks, hashes, inserts. @throws AuthError INVALID_FIELDS, EMAIL_TAKEN, USERNAME_TAKEN, OVERLOADED */
export async function createAccount(
  deps: CreateAccountDeps,
  account: NewAccount,
  call: Call,
  check: FieldCheck = new FieldCheck(),
): Promise<StoredUser> {
  const { email, username, password, roles } = account;
  check
    .add('email', emailFault(email))
    .add('username', usernameFault(username))
    .add('password', newPasswordFault(password, { email, username }, deps.passwordPolicy))
    .done();
  const passwordHash = await deps.hasher.hash(password, call);
  const user = newUser(deps, { email, username, passwordHash, roles });
  throwIfEnded(call, deps.clock);
  await deps.users.insert(user, call);
  return user;
}

/** A user who has not been stored yet. */
export function newUser(
  { clock, ids }: Pick<CreateAccountDeps, 'clock' | 'ids'>,
  fields: Pick<StoredUser, 'email' | 'username' | 'passwordHash' | 'roles' | 'kind'>,
): StoredUser {
  const createdAt = new Date(clock.now());
  return { ...fields, id: ids.next(), active: true, emailVerified: false, createdAt, version: 1, sessionEpoch: 1 };
}
