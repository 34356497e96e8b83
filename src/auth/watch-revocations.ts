import { type AuthenticateDeps, authenticate } from './authenticate';
import type { Call } from './call';
import { demandRole } from './check-role';
import { AuthError } from './errors';
import type { Clock, Events } from './ports';
import type { RevocationNotice } from './revocations';

/** Either role may watch. */
const WATCHER_ROLES = ['admin', 'service'];

/**
 * How far a watch goes back behind its resume token: what another replica acknowledged just before arrives later here, under that
 * replica's clock. A watcher may hear of a revocation twice, never not at all.
 */
const OVERLAP_MS = 15_000;

export type WatchDeps = AuthenticateDeps & { readonly events: Events; readonly clock: Clock };

export interface Watch {
  /** What is known already: everything that still matters, or everything since the resume token. */
  readonly known: Iterable<RevocationNotice>;
  /** To be sent with a message: where a later watch takes up, on any replica. */
  resumeToken(): string;
  /** Whether this process has been out of touch for too long: the watch must end. */
  isStale(): boolean;
  /** Calls back for everything new until the returned function is called. */
  observe(observer: (notice: RevocationNotice) => void): () => void;
}

/** Opens a view on the revocation feed. @throws AuthError INVALID_FIELDS, ROLE_MISSING, and as `authenticate` */
export function watchRevocations(deps: WatchDeps) {
  return (input: { readonly resumeToken: string }, call: Call): Watch => {
    const principal = authenticate(deps, call.bearer, call);
    demandRole(deps, principal, WATCHER_ROLES, call);
    const { revocations, clock } = deps;
    const from = input.resumeToken === '' ? 0 : timeOf(input.resumeToken) - OVERLAP_MS;
    return {
      known: revocations.since(from),
      resumeToken: () => String(clock.now() - revocations.lagMs()),
      isStale: () => revocations.isStale(),
      observe: (observer) => revocations.observe(observer),
    };
  };
}

function timeOf(resumeToken: string): number {
  if (/^\d{1,15}$/.test(resumeToken)) return Number(resumeToken);
  const description = 'Must be a resume_token of this service, or empty';
  throw new AuthError('INVALID_FIELDS', { violations: [{ field: 'resume_token', description }] });
}
