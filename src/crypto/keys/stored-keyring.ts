import type { Call } from '../../auth/call';
import type { Clock } from '../../auth/clock';
import { AuthError } from '../../auth/errors';
import type { SigningKeys, StoredSigningKey } from '../../auth/tokens/signing-keys';
import { generateKeys, type KeyPairAlgorithm } from './key-pair';
import type { Keyring, SigningKey, VerificationKey } from './keyring';
import { PrivateKeySeal, type RingKey } from './ring-key';
import type { KeyringSecrets } from './secret-keyring';

export interface StoredKeyringOptions {
  /** Of the keys made from now on; those of before verify until they are over. */
  readonly algorithm: KeyPairAlgorithm;
  readonly secrets: KeyringSecrets;
  readonly signingKeys: SigningKeys;
  readonly clock: Clock;
  /** How long an access token lives, in ms. */
  readonly accessTtlMs: number;
  /** KEY_ROTATION_DAYS, in ms. */
  readonly rotationMs: number;
  /** In which time every replica learns of a new key, in ms; `refresh` must be called several times as often. */
  readonly propagationMs: number;
  /**
   * How long a key that the schedule makes is published before it signs, in ms (KEY_LEAD_HOURS); `propagationMs` at
   * least.
   */
  readonly leadMs?: number | undefined;
  /** A call of the service's own, for what is read in the background. */
  readonly internalCall: () => Call;
  /** Hears of keys that cannot be used; the text is fixed and holds no secret. */
  readonly onProblem: (problem: string, cause: unknown) => void;
}

/** An unknown `kid` costs at most one read of the store in this time. */
const LOOK_AGAIN_MS = 1_000;
/**
 * A key under the previous secret or of another algorithm is replaced when it is this old, and not before: while
 * replicas are restarted one by one, those of before and those of after would replace each other's keys without end.
 */
const REPLACE_DIFFERENT_MS = 3_600_000;

/**
 * Key pairs shared by all replicas through the store. A key is believed only when its private half opens under
 * SECRET_KEY or SECRET_KEY_PREVIOUS for its `kid`, which is computed from the public half: who can write to the store
 * alone cannot add one.
 */
export class StoredKeyring implements Keyring {
  version = 0;
  readonly unnamed = [];
  /** In the order of `sequence`. */
  #ring: readonly RingKey[] = [];
  readonly #byId = new Map<string, VerificationKey>();
  readonly #reported = new Set<string>();
  readonly #seal: PrivateKeySeal;
  #reads = 0;
  #latestRead = 0;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #lookedAgainAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: StoredKeyringOptions) {
    this.#seal = new PrivateKeySeal(options.secrets);
  }

  signing(): SigningKey {
    const now = this.options.clock.now();
    const active = this.#ring.findLast(({ stored }) => stored.activeAt.getTime() <= now) ?? this.#ring[0];
    if (active === undefined) throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    return active.signing;
  }

  find(id: string): VerificationKey | undefined {
    const key = this.#byId.get(id);
    if (key === undefined) this.#lookAgain();
    return key;
  }

  isStale(): boolean {
    return this.options.clock.monotonic() - this.#refreshedAt > this.options.propagationMs;
  }

  jwks() {
    return { keys: this.#ring.map(({ pair }) => pair.publicJwk) };
  }

  async refresh(call: Call): Promise<void> {
    const stored = await this.#read(call);
    if (this.#ring.length === 0) await this.#add(nextSequence(stored), this.options.clock.now(), call);
  }

  dueForRotation(now: number): boolean {
    const newest = this.#ring.at(-1);
    if (newest === undefined) return false;
    const age = now - newest.stored.createdAt.getTime();
    const isDifferent = newest.isUnderPrevious || newest.stored.algorithm !== this.options.algorithm;
    return age >= this.options.rotationMs || (isDifferent && age >= REPLACE_DIFFERENT_MS);
  }

  async rotate(call: Call, leadMs = 0): Promise<string> {
    const stored = await this.#read(call);
    const lead = Math.max(leadMs, this.options.propagationMs);
    return this.#add(nextSequence(stored), this.options.clock.now() + lead, call);
  }

  async rotateIfDue(call: Call): Promise<string | undefined> {
    const stored = await this.#read(call);
    const now = this.options.clock.now();
    if (this.#ring.length === 0) return this.#add(nextSequence(stored), now, call);
    // The sequence that follows what was read: of replicas that find the rotation due at once, one makes the key.
    return this.dueForRotation(now) ? this.#add(nextSequence(stored), now + this.#lead(), call) : undefined;
  }

  /** A key under the previous secret is replaced soon: the secret may have been changed because it leaked. */
  #lead(): number {
    const { leadMs = 0, propagationMs } = this.options;
    return this.#ring.at(-1)?.isUnderPrevious ? propagationMs : Math.max(leadMs, propagationMs);
  }

  /** Inserts a new key as `sequence`, or adopts the one that another replica inserted first; returns its `kid`. */
  async #add(sequence: number, activeAt: number, call: Call): Promise<string> {
    const { algorithm, clock, signingKeys } = this.options;
    const pair = await generateKeys(algorithm);
    const key: StoredSigningKey = {
      id: pair.id,
      sequence,
      algorithm,
      publicJwk: JSON.stringify(pair.publicJwk),
      encryptedPrivateKey: this.#seal.seal(pair),
      createdAt: new Date(clock.now()),
      activeAt: new Date(activeAt),
    };
    await signingKeys.insert(key, call);
    const stored = await this.#read(call);
    const winner = stored.find((each) => each.sequence === sequence);
    if (winner === undefined) throw new Error('A signing key vanished while it was made');
    return winner.id;
  }

  /** What the store holds now. What an earlier read brings later than this one does not replace it. */
  async #read(call: Call): Promise<StoredSigningKey[]> {
    this.#reads += 1;
    const read = this.#reads;
    const startedAt = this.options.clock.monotonic();
    const stored = await this.options.signingKeys.list(call);
    if (read < this.#latestRead) return stored;
    this.#latestRead = read;
    this.#refreshedAt = startedAt;
    const usable = stored.map((key) => this.#open(key)).filter((key) => key !== undefined);
    const over = usable.filter((_, at) => this.#isOver(usable.slice(at + 1)));
    this.#replace(usable.filter((key) => !over.includes(key)));
    for (const { stored: key } of over) await this.options.signingKeys.delete(key.id, call);
    return stored;
  }

  /**
   * A key is over when a successor has signed for longer than a token lives, and every replica had time to learn of it.
   */
  #isOver(successors: readonly RingKey[]): boolean {
    const { accessTtlMs, propagationMs, clock } = this.options;
    const signingSince = clock.now() - accessTtlMs - propagationMs;
    return successors.some(({ stored }) => stored.activeAt.getTime() <= signingSince);
  }

  #replace(ring: readonly RingKey[]): void {
    this.#ring = ring;
    const kept = new Set(ring.map(({ pair }) => pair.id));
    for (const id of [...this.#byId.keys()].filter((known) => !kept.has(known))) {
      this.#byId.delete(id);
      this.version += 1;
    }
    for (const { signing } of ring) if (!this.#byId.has(signing.id)) this.#byId.set(signing.id, signing);
  }

  #open(stored: StoredSigningKey): RingKey | undefined {
    const known = this.#ring.find((key) => key.stored.id === stored.id);
    if (known?.stored.encryptedPrivateKey === stored.encryptedPrivateKey) return known;
    const opened = this.#seal.open(stored);
    if (opened === undefined) this.#report(stored.id);
    return opened;
  }

  #report(id: string): void {
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    this.options.onProblem('A stored signing key opens under neither SECRET_KEY nor SECRET_KEY_PREVIOUS', undefined);
  }

  #lookAgain(): void {
    const now = this.options.clock.monotonic();
    if (now - this.#lookedAgainAt < LOOK_AGAIN_MS) return;
    this.#lookedAgainAt = now;
    this.#read(this.options.internalCall()).catch((cause) => {
      this.options.onProblem('The signing keys could not be read again', cause);
    });
  }
}

function nextSequence(stored: readonly StoredSigningKey[]): number {
  return (stored.at(-1)?.sequence ?? 0) + 1;
}
