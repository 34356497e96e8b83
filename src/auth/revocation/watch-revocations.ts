import type { Events } from '../audit/events';
import { type Call, createCleanupCall } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import { demandRole } from '../roles/check-role';
import { type AuthenticateDeps, authenticate } from '../tokens/authenticate';
import type { Principal } from '../tokens/principal';
import type { RevocationEvent, Revocations } from './revocations';

/** Either role may watch. */
const WATCHER_ROLES = ['admin', 'service'];

/**
 * How far a watch goes back behind its resume token: what another replica acknowledged just before arrives later here,
 * under that replica's clock. A watcher may hear of a revocation twice, never not at all.
 */
const OVERLAP_MS = 15_000;

export type WatchDeps = AuthenticateDeps & { readonly events: Events; readonly clock: Clock };

/** Comes once, after everything that was known when the watch began. */
export const CAUGHT_UP = Object.freeze({ caughtUp: true });

export type WatchEvent = RevocationEvent | typeof CAUGHT_UP;

export interface Watch {
  /** Who watches. */
  readonly userId: string;
  /** What is known when it is read: all that still matters, or all since the resume token; then CAUGHT_UP. */
  readonly known: Iterable<WatchEvent>;
  /** The resume token that holds as long as not all of `known` has been sent. */
  readonly startToken: string;
  /** Everything acknowledged before this has been seen here; ms since the epoch. */
  freshAt(): number;
  /** Goes with what is sent after `known`: where a later watch takes up, on any replica. */
  resumeToken(): string;
  /**
   * Whether the watcher may still watch. @throws AuthError as the call itself; STORE_UNAVAILABLE when out of touch for
   * too long
   */
  check(): unknown;
  /** Calls back for everything new until the returned function is called. */
  observe(observer: (event: RevocationEvent) => void): () => void;
}

/** Opens a view on the revocation feed. @throws AuthError INVALID_FIELDS, ROLE_MISSING, and as `authenticate` */
export function watchRevocations(deps: WatchDeps) {
  return async (input: { readonly resumeToken: string }, call: Call): Promise<Watch> => {
    const watcher = await authenticate(deps, call.bearer, call);
    demandRole(deps, watcher, WATCHER_ROLES, call);
    const { resumeToken } = input;
    const resumeAt = resumeToken === '' ? 0 : parseResumeToken(resumeToken);
    // A token of a time that is still to come: the clock was set back, and says nothing of what the watcher has seen.
    const from = resumeAt > deps.clock.now() + OVERLAP_MS ? 0 : resumeAt - OVERLAP_MS;
    return new RevocationWatch(deps, call, watcher.userId, resumeToken, from);
  };
}

/** A class and no closures: thousands are open at a time, each for as long as its stream. */
class RevocationWatch implements Watch {
  /** What came of reading an API key again. */
  #fault: { readonly error: unknown } | undefined = undefined;

  constructor(
    private readonly deps: WatchDeps,
    private readonly call: Call,
    readonly userId: string,
    readonly startToken: string,
    private readonly from: number,
  ) {}

  get known(): Iterable<WatchEvent> {
    return listKnown(this.deps.revocations, this.from);
  }

  freshAt(): number {
    return this.deps.clock.now() - this.deps.revocations.stalenessMs();
  }

  resumeToken(): string {
    return String(Math.floor(this.freshAt()));
  }

  observe(observer: (event: RevocationEvent) => void): () => void {
    return this.deps.revocations.observe(observer);
  }

  /**
   * An API key that this process has evicted meanwhile is read again, and what comes of it is found by the next check;
   * the deadline of the call itself has long passed then.
   */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
    const { deps, call } = this;
    const principal = authenticate(deps, call.bearer, createCleanupCall(call, deps.clock));
    if (!(principal instanceof Promise)) this.#demandRole(principal);
    else
      principal
        .then((found) => this.#demandRole(found))
        .catch((error: unknown) => {
          this.#fault = { error };
        });
  }

  #demandRole(principal: Principal): void {
    demandRole(this.deps, principal, WATCHER_ROLES, this.call);
  }
}

function* listKnown(revocations: Revocations, from: number): Generator<WatchEvent> {
  yield* revocations.since(from);
  yield CAUGHT_UP;
}

function parseResumeToken(resumeToken: string): number {
  if (/^\d{1,15}$/.test(resumeToken)) return Number(resumeToken);
  const description = 'Must be a resume_token of this service, or empty';
  throw new AuthError('INVALID_FIELDS', { violations: [{ field: 'resume_token', description }] });
}
