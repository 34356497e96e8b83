import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError, type Reason } from '../errors';
import type { Revocations } from '../revocation/revocations';
import type { CredentialFault } from '../tokens/credential-fault';
import type { Principal } from '../tokens/principal';
import type { ApiKeyTexts, PresentedApiKey } from './api-key-texts';
import type { NetworkMatcher, Networks } from './networks';
import type { OwnedApiKey, StoredApiKeys } from './stored-api-keys';
import { VerifiedApiKey } from './verified-api-key';
import type { VerifiedApiKeys } from './verified-api-keys';

/** Counts unknown keys, per source. */
export interface UnknownKeyLimiter {
  /** Ms until another look-up for this source is allowed; 0: now. Counts nothing. */
  wait(source: string): number;
  /** Counts one, beyond the limit too: many may have been let through at once before any was found to be unknown. */
  charge(source: string): void;
}

export interface VerifyApiKeyDeps {
  readonly apiKeys: StoredApiKeys;
  readonly apiKeyTexts: ApiKeyTexts;
  readonly networks: Networks;
  readonly unknownKeys: UnknownKeyLimiter;
  readonly revocations: Revocations;
  readonly events: Events;
  readonly clock: Clock;
}

/**
 * Whose key a text is. Without a promise when this process knows the key: then no store is read. Otherwise with one
 * read. `from` is the address that the key is used from, where that is not the caller's.
 *
 * @throws AuthError INVALID_TOKEN, TOKEN_EXPIRED, TOKEN_REVOKED, USER_INACTIVE, RATE_LIMITED, OVERLOADED,
 *   STORE_UNAVAILABLE
 */
export type VerifyApiKey = (text: string, call: Call, from?: string) => Principal | Promise<Principal>;

/** A semaphore: look-ups in the store at once. A flood of unknown keys must leave the store to others. */
const MAX_LOOKUPS = 128;

/** Verifies API keys: remembered ones by what the feed says, others by one read of the store. */
export class ApiKeyVerifier {
  #lookups = 0;

  constructor(
    private readonly deps: VerifyApiKeyDeps,
    private readonly known: VerifiedApiKeys,
  ) {
    // The feed's records of the meantime may have been missed for good.
    deps.revocations.observeGaps(() => known.clear());
  }

  readonly verify: VerifyApiKey = (text, call, from) => {
    const known = this.known.find(text);
    if (known !== undefined) return this.#admit(known, call, from);
    const { apiKeyTexts } = this.deps;
    // One answer for whatever is wrong with a text, and no look-up for one that cannot be a key.
    const malformed = apiKeyTexts.findFault(text);
    if (malformed !== undefined) throw new AuthError('INVALID_TOKEN', { fault: malformed });
    // A flood is refused before anything is hashed, and without a promise.
    this.#limit(call);
    const presented = apiKeyTexts.read(text);
    if (presented === undefined) throw new AuthError('INVALID_TOKEN', { fault: 'api_key_shape' });
    return this.#lookUp(presented, call, from);
  };

  /**
   * Brings what is remembered of every key up to what the feed has brought: the view of the feed forgets, this does
   * not.
   */
  refresh(): void {
    for (const key of this.known) this.#follow(key);
  }

  #admit(key: VerifiedApiKey, call: Call, from: string | undefined): Principal {
    const { revocations, clock } = this.deps;
    if (revocations.isStale()) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    if (!revocations.isCurrent(key.check)) this.#follow(key);
    const now = clock.now();
    const fault = findFault(key, now);
    if (fault !== undefined) throw this.#refusal(fault, fault.toLowerCase(), key.principal, call);
    // The address is looked for only where it matters: finding it costs as much as everything else here.
    if (key.networks !== undefined) this.#checkSource(key, key.networks, from ?? call.ipAddress, call);
    key.usedAt = now;
    return key.principal;
  }

  #checkSource(key: VerifiedApiKey, allows: NetworkMatcher, from: string, call: Call): void {
    if (from === key.allowedFrom) return;
    if (!allows(from)) throw this.#refusal('INVALID_TOKEN', 'source_not_allowed', key.principal, call);
    key.allowedFrom = from;
  }

  #follow(key: VerifiedApiKey): void {
    const { revocations } = this.deps;
    const { userId, apiKeyId } = key.principal;
    if (revocations.isCurrent(key.check)) return;
    if (revocations.findSessionEnd(apiKeyId) !== undefined) key.isEnded = true;
    const owner = revocations.findUserState(userId);
    if (owner !== undefined) key.ownerChanged(owner);
    revocations.keep(key.check, key.principal);
  }

  #limit(call: Call): void {
    const waitMs = this.deps.unknownKeys.wait(call.source);
    if (waitMs > 0) throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 100) / 10 });
    if (this.#lookups >= MAX_LOOKUPS) throw new AuthError('OVERLOADED', { retryAfterSeconds: 0.1 });
  }

  async #lookUp(presented: PresentedApiKey, call: Call, from: string | undefined): Promise<Principal> {
    const { unknownKeys, apiKeyTexts } = this.deps;
    const found = await this.#read(presented.id, call);
    // A secret is compared also where there is no key, so that both take as long.
    const matches = apiKeyTexts.isSameHash(found?.key.secretHash ?? NO_HASH, presented.secretHash);
    if (found === undefined || !matches) {
      unknownKeys.charge(call.source);
      if (found !== undefined) {
        const { userId } = found.key;
        throw this.#refusal('INVALID_TOKEN', 'wrong_secret', { userId, username: found.owner?.username ?? '' }, call);
      }
      throw new AuthError('INVALID_TOKEN', { fault: 'api_key_unknown' });
    }
    const key = this.#remember(presented.text, found);
    return this.#admit(key, call, from);
  }

  async #read(id: string, call: Call): Promise<OwnedApiKey | undefined> {
    this.#lookups += 1;
    try {
      return await this.deps.apiKeys.findOwned(id, call);
    } finally {
      this.#lookups -= 1;
    }
  }

  #remember(text: string, found: OwnedApiKey): VerifiedApiKey {
    const { allowedCidrs } = found.key;
    const matcher = allowedCidrs.length === 0 ? undefined : this.deps.networks.matcher(allowedCidrs);
    const key = new VerifiedApiKey(text, found, matcher);
    // What the feed brought while the store was read.
    this.#follow(key);
    this.known.add(key);
    return key;
  }

  #refusal(reason: Reason, why: string, owner: Pick<Principal, 'userId' | 'username'>, call: Call): AuthError {
    const { userId, username } = owner;
    recordEvent(this.deps.events, call, 'api_key.refused', { userId, username, reason: why });
    return new AuthError(reason, { userId, fault: FAULTS[why] });
  }
}

function findFault(key: VerifiedApiKey, now: number): Reason | undefined {
  if (key.isEnded || now >= key.revokedAt) return 'TOKEN_REVOKED';
  return now < key.expiresAt ? key.ownerFault : 'TOKEN_EXPIRED';
}

const NO_HASH = 'A'.repeat(43);

/** What the audit trail says of a refused key, in the words of the log line of the call. */
const FAULTS: Readonly<Record<string, CredentialFault>> = {
  wrong_secret: 'api_key_secret',
  source_not_allowed: 'api_key_network',
  token_expired: 'expired',
};
