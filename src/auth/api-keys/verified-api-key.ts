import type { Reason } from '../errors';
import { RevocationCheck } from '../revocation/revocation-check';
import type { ChangedUser } from '../revocation/revocation-record';
import type { Principal } from '../tokens/principal';
import type { NetworkMatcher } from './networks';
import type { OwnedApiKey } from './stored-api-keys';

/** What a key needs to know of its owner. */
type OwnerState = Pick<ChangedUser, 'version' | 'state' | 'roles'>;

/**
 * A key whose secret was right, as this process remembers it. What the store says at one moment, kept up with by what
 * the feed has brought since. A key that has ended is remembered too, so that further use of it costs no more
 * reads.
 */
export class VerifiedApiKey {
  readonly check = new RevocationCheck();
  /** Ms since the epoch. */
  readonly expiresAt: number;
  /** Ms since the epoch, in the future for a key that has been rotated; Infinity: never, as far as the store knew. */
  readonly revokedAt: number;
  /** The same object as long as the roles in force are the same. */
  principal: Principal;
  /** For ever: a key that has ended does not begin again. */
  isEnded = false;
  /** The last address from which it was let through; mostly the next call comes from there too. */
  allowedFrom = '';
  /** Wall time in ms since the epoch; 0: not since the last `takeUse`. */
  usedAt = 0;
  readonly #keyRoles: readonly string[];
  #owner: OwnerState;

  constructor(
    /** The whole text; what is looked up is compared with all of it. */
    readonly text: string,
    { key, owner }: OwnedApiKey,
    /** Undefined: from everywhere. */
    readonly networks: NetworkMatcher | undefined,
  ) {
    this.#keyRoles = key.roles;
    this.expiresAt = key.expiresAt.getTime();
    this.revokedAt = key.revokedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    const state = owner === undefined ? 'deleted' : owner.active ? 'active' : 'disabled';
    this.#owner = { version: owner?.version ?? Number.MAX_SAFE_INTEGER, state, roles: owner?.roles ?? [] };
    // Frozen as the claims of an access token are: what reads both sees one shape.
    this.principal = Object.freeze({
      userId: key.userId,
      username: owner?.username ?? '',
      roles: this.#rolesInForce(),
      sessionId: key.id,
      issuedAt: Math.floor(key.createdAt.getTime() / 1000),
      expiresAt: Math.floor(this.expiresAt / 1000),
      kind: owner?.kind ?? 'person',
      apiKeyId: key.id,
    });
  }

  get id(): string {
    return this.principal.apiKeyId;
  }

  /** What the owner has become; something older than what is known changes nothing. */
  ownerChanged(owner: OwnerState): void {
    if (owner.version <= this.#owner.version) return;
    this.#owner = owner;
    const roles = this.#rolesInForce();
    const isSame =
      roles.length === this.principal.roles.length && roles.every((role, i) => role === this.principal.roles[i]);
    if (!isSame) this.principal = Object.freeze({ ...this.principal, roles });
  }

  /** Why the owner's state forbids the key, if it does. */
  get ownerFault(): Reason | undefined {
    if (this.#owner.state === 'active') return undefined;
    return this.#owner.state === 'disabled' ? 'USER_INACTIVE' : 'TOKEN_REVOKED';
  }

  /** When it was last used since this was asked before, if it was. */
  takeUse(): number | undefined {
    const { usedAt } = this;
    this.usedAt = 0;
    return usedAt === 0 ? undefined : usedAt;
  }

  /** Those of the key that its owner holds now. */
  #rolesInForce(): readonly string[] {
    return Object.freeze(this.#keyRoles.filter((role) => this.#owner.roles.includes(role)));
  }
}
