import type { Users } from '../../src/auth/accounts/users';
import type { Call } from '../../src/auth/call';
import type { Clock } from '../../src/auth/clock';
import { AuthError } from '../../src/auth/errors';
import type { RevocationFeed } from '../../src/auth/revocation/revocation-feed';
import { Revocations } from '../../src/auth/revocation/revocations';
import type { RefreshDeps } from '../../src/auth/sessions/refresh';
import type { RefreshTokens } from '../../src/auth/sessions/refresh-tokens';
import type { StoredSessions } from '../../src/auth/sessions/stored-sessions';
import { createSecretKeyring } from '../../src/crypto/keys/secret-keyring';
import { createAccessTokens } from '../../src/crypto/tokens/access-tokens';
import type { Store } from '../../src/store/store';
import { anId } from '../support/domain/builders';
import { SECRETS } from './cluster';
import type { Refreshing } from './history';
import type { World } from './world';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * What the use case is given on one replica: the real things, but each step of the store waits for its turn and may go
 * wrong.
 */
export function steppedDeps(
  world: World,
  store: Store,
  clock: Clock,
  refreshTokens: RefreshTokens,
  graceMs: number,
): RefreshDeps {
  const { history } = world;
  const stepByCall = new WeakMap<Refreshing, number>();
  const crashed = new WeakSet<Refreshing>();

  async function step<T>(call: Call, name: string, work: (refreshing: Refreshing) => Promise<T>): Promise<T> {
    const refreshing = world.calls.get(call);
    if (refreshing === undefined) throw new Error('A call of no step');
    const { mishap } = refreshing;
    const number = (stepByCall.get(refreshing) ?? 0) + 1;
    stepByCall.set(refreshing, number);
    const isHit = 'step' in mishap && mishap.step === number;
    const strike = async (after: boolean): Promise<void> => {
      if (crashed.has(refreshing)) await world.crash(refreshing);
      if (!isHit || !('after' in mishap) || mishap.after !== after) return;
      if (mishap.kind === 'store fails') throw new AuthError('STORE_UNAVAILABLE');
      crashed.add(refreshing);
      await world.crash(refreshing);
    };
    await strike(false);
    if (isHit && mishap.kind === 'cancelled') refreshing.call.cancelled = true;
    const value = await world.turn(`${name} of generation ${refreshing.generation}`, () => work(refreshing));
    await strike(true);
    await world.turn('the answer', async () => undefined);
    await strike(true);
    return value;
  }

  /**
   * The store keeps a deadline by real timers too, and a write that is cut off by one may have been done or not. Here
   * time stands still while the store works: a call is either over before, or has all the time it needs.
   */
  function unhurried(call: Call): Call {
    if (clock.monotonic() >= call.deadline) throw new AuthError('STORE_UNAVAILABLE');
    return { ...call, deadline: call.deadline + HOUR_MS };
  }

  /** A write that had an effect: it must not be of a call that was over. */
  function wrote(name: string, refreshing: Refreshing, wasCancelled: boolean): void {
    if (wasCancelled) history.writtenTooLate.push(`${name} of a cancelled call`);
    if (clock.monotonic() >= refreshing.call.deadline) history.writtenTooLate.push(`${name} after the deadline`);
  }

  const sessions: Pick<StoredSessions, 'rotate' | 'find' | 'end'> = {
    rotate(id, rotation, call) {
      const wasCancelled = call.cancelled;
      const askedAt = world.now;
      return step(call, 'rotate', async (by) => {
        const rotated = await store.sessions.rotate(id, rotation, unhurried(call));
        if (rotated === undefined) return undefined;
        wrote('a rotation', by, wasCancelled);
        history.rotations.push({ generation: rotation.from, by, written: history.moment(world.now), askedAt });
        return rotated;
      });
    },
    async find(id, call) {
      const refreshing = world.calls.get(call);
      let order = 0;
      const found = await step(call, 'find', async () => {
        order = history.moment(world.now).order;
        return store.sessions.find(id, unhurried(call));
      });
      if (refreshing !== undefined) refreshing.looked ??= { order, at: world.now };
      return found;
    },
    end(id, end, call) {
      return step(call, 'end', async () => {
        const ended = await store.sessions.end(id, end, unhurried(call));
        if (ended !== undefined) history.ended = history.moment(world.now);
        return ended;
      });
    },
  };
  const feed: Pick<RevocationFeed, 'append'> = {
    append(records, call) {
      const wasCancelled = call.cancelled;
      return step(call, 'append', async (by) => {
        await store.revocationFeed.append(records, unhurried(call));
        wrote('a revocation', by, wasCancelled);
        history.announced ??= { by, written: history.moment(world.now) };
        for (const record of records) for (const view of world.views) view.onRecord(record);
      });
    },
  };
  const users: Pick<Users, 'findById'> = {
    findById: (id, call) => step(call, 'findById', async () => store.users.findById(id, unhurried(call))),
  };
  const settings = { windowMs: HOUR_MS, maxStalenessMs: HOUR_MS };
  const keyring = createSecretKeyring({ current: SECRETS[0], previous: SECRETS[1] });
  const revocations = new Revocations(feed as RevocationFeed, clock, settings);
  world.views.push(revocations);
  return {
    sessions: sessions as StoredSessions,
    users: users as Users,
    revocations,
    refreshTokens,
    accessTokens: createAccessTokens({
      keyring,
      clock,
      issuer: 'postern',
      audience: 'postern',
      accessTtlMs: HOUR_MS / 2,
    }),
    events: { record: () => {}, flush: async () => {} },
    clock,
    ids: { next: anId },
    graceMs,
    sessionLimits: { idleMs: 7 * DAY_MS, absoluteMs: 30 * DAY_MS, perUser: 20 },
  };
}
