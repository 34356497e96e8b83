import type { KeyObject } from 'node:crypto';
import type { Call } from '../../auth/call';

export type SigningAlgorithm = 'HS256' | 'ES256' | 'RS256';

/** What verifies the tokens of one key, and the only algorithm that may. */
export interface VerificationKey {
  /** Names the key inside this process. */
  readonly id: string;
  /** What the header of its tokens says; undefined where the tokens have none (HS256: no verifier could know it). */
  readonly kid: string | undefined;
  readonly algorithm: SigningAlgorithm;
  readonly verificationKey: KeyObject;
}

export interface SigningKey extends VerificationKey {
  readonly signingKey: KeyObject;
}

/** A public key as RFC 7517 writes it. */
export interface PublicJwk {
  readonly kid: string;
  readonly kty: string;
  readonly alg: string;
  readonly use: 'sig';
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** The keys of access tokens, as this process knows them. */
export interface Keyring {
  /** Grows whenever a key is gone, so that what was verified with it can be forgotten. */
  readonly version: number;
  /** The key that signs now. @throws AuthError STORE_UNAVAILABLE before the first `refresh` */
  signing(): SigningKey;
  /** By exact `id`. An unknown one makes a keyring that shares its keys look again, for later calls. */
  find(id: string): VerificationKey | undefined;
  /** The keys whose tokens have no `kid`: at most two, the current secret first. */
  readonly unnamed: readonly VerificationKey[];
  /** Whether keys of other replicas may have been missed: an unknown `kid` then says nothing. */
  isStale(): boolean;
  /** What other programs verify with; empty for a shared secret. */
  jwks(): { readonly keys: readonly PublicJwk[] };
  /** Reads the shared keys again, makes the first one when there is none, drops those that are over. */
  refresh(call: Call): Promise<void>;
  /** Whether the scheduled rotation is due, `now` in ms since the epoch. */
  dueForRotation(now: number): boolean;
  /**
   * Makes the next key; of replicas that do so at once one wins and the others adopt its key. Returns the new `kid`. It
   * is published now and signs after `leadMs`, by default after the shortest time in which every replica learns of it.
   *
   * @throws AuthError KEY_NOT_ROTATABLE when SECRET_KEY is the key
   */
  rotate(call: Call, leadMs?: number): Promise<string>;
  /** Refreshes, and rotates if it is due then; returns the new `kid` if so. For a timer. */
  rotateIfDue(call: Call): Promise<string | undefined>;
}
