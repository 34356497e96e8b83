import type { StoredUser } from '../accounts/users';
import type { Call } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import type { ChangedUser } from '../revocation/revocation-record';
import type { Revocations } from '../revocation/revocations';

export interface PublishUserDeps {
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Appends to the feed what a user has become. */
export function publishUser(deps: PublishUserDeps, user: StoredUser, call: Call): Promise<void> {
  const { id: userId, version, roles, active } = user;
  return publish(deps, { userId, version, roles, state: active ? 'active' : 'disabled' }, call);
}

/** Appends to the feed that a user was deleted. */
export function publishDeletedUser(deps: PublishUserDeps, userId: string, call: Call): Promise<void> {
  return publish(deps, { userId, version: Number.MAX_SAFE_INTEGER, roles: [], state: 'deleted' }, call);
}

function publish(
  deps: PublishUserDeps,
  user: Pick<ChangedUser, 'userId' | 'version' | 'roles' | 'state'>,
  call: Call,
): Promise<void> {
  return deps.revocations.publish([{ kind: 'user', id: deps.ids.next(), at: deps.clock.now(), ...user }], call);
}
