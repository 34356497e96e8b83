import type { Events } from '../audit/events';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import { demandRole } from '../roles/check-role';
import { type AuthenticateDeps, authenticate } from '../tokens/authenticate';
import type { RevocationNotice } from './revocations';

/** Either role may watch. */
const WATCHER_ROLES = ['admin', 'service'];

/**
 * How far a watch goes back behind its resume token: what another replica acknowledged just before arrives later here,
 * under that replica's clock. A watcher may hear of a revocation twice, never not at all.
 */
const OVERLAP_MS = 15_000;

export type WatchDeps = AuthenticateDeps & { readonly events: Events; readonly clock: Clock };

export interface Watch {
  /** Who watches. */
  readonly userId: string;
  /** What is known already: everything that still matters, or everything since the resume token. */
  readonly known: Iterable<RevocationNotice>;
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
  observe(observer: (notice: RevocationNotice) => void): () => void;
}

/** Opens a view on the revocation feed. @throws AuthError INVALID_FIELDS, ROLE_MISSING, and as `authenticate` */
export function watchRevocations(deps: WatchDeps) {
  return (input: { readonly resumeToken: string }, call: Call): Watch => {
    const { revocations, clock } = deps;
    const findWatcher = (): string => {
      const watcher = authenticate(deps, call.bearer, call);
      demandRole(deps, watcher, WATCHER_ROLES, call);
      return watcher.userId;
    };
    const userId = findWatcher();
    const { resumeToken } = input;
    const from = resumeToken === '' ? 0 : parseResumeToken(resumeToken) - OVERLAP_MS;
    const freshAt = (): number => clock.now() - revocations.lagMs();
    return {
      userId,
      known: revocations.since(from),
      startToken: resumeToken,
      freshAt,
      resumeToken: () => String(Math.floor(freshAt())),
      check: findWatcher,
      observe: (observer) => revocations.observe(observer),
    };
  };
}

function parseResumeToken(resumeToken: string): number {
  if (/^\d{1,15}$/.test(resumeToken)) return Number(resumeToken);
  const description = 'Must be a resume_token of this service, or empty';
  throw new AuthError('INVALID_FIELDS', { violations: [{ field: 'resume_token', description }] });
}
