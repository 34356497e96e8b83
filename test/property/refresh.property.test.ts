import fc from 'fast-check';
import { owner, thief, time } from './actors';
import { type Cluster, openCluster } from './cluster';
import { MAX_OFF_MS, type Plan, plans } from './plan';
import { breachesOfOrder, breachesOfTime } from './rules';
import { World } from './world';

jest.setTimeout(600_000);

const HOUR_MS = 3_600_000;
const AFTER_ANY_GRACE_MS = 60_000;
const CLEAN = { mishap: { kind: 'none' }, patienceMs: 10_000 } as const;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster.close());

/** Lets everything of a plan happen, in an order that the scheduler chooses. */
async function happen(plan: Plan, scheduler: fc.Scheduler): Promise<World> {
  const world = await World.open(cluster, plan, scheduler);
  const actors = [owner(world, plan.owner), thief(world, plan.thief), time(world, plan.time)];
  await scheduler.waitFor(Promise.all(actors).then(() => world.settled()));
  return world;
}

/** Then: the newest token works, unless the session has ended; after that an old one ends the session for all. */
async function replayAtTheEnd(world: World): Promise<void> {
  world.calm();
  const before = await world.stored();
  expect(before.generation).toBe(world.history.rotations.length);
  expect(before.endedAt !== null).toBe(world.history.ended !== undefined);
  const live = world.mint(before);
  const reply = await world.present(live, { ...CLEAN, replica: 0 });
  expect(reply.kind).toBe(world.history.announced === undefined ? 'pair' : 'refused');
  if (reply.kind !== 'pair') {
    // Also when the call that began to end it came to nothing.
    expect((await world.stored()).endReason).toBe('replay');
    return;
  }
  world.pass(AFTER_ANY_GRACE_MS);
  expect((await world.present(live, { ...CLEAN, replica: 1 })).kind).toBe('refused');
  expect((await world.stored()).endReason).toBe('replay');
  expect((await world.present(reply.refreshToken, { ...CLEAN, replica: 0 })).kind).toBe('refused');
}

test('A client that follows the contract is never logged out within the grace, whatever crashes, is lost or comes late [D4, D5]', async () => {
  const honest = plans({ thief: false, offMs: MAX_OFF_MS });
  await fc.assert(
    fc.asyncProperty(honest, fc.scheduler(), async (plan, scheduler) => {
      const world = await happen(plan, scheduler);
      expect([...breachesOfOrder(world), ...breachesOfTime(world, plan)]).toEqual([]);
    }),
    { numRuns: 1_200 },
  );
});

test('A session with a stolen token has one live generation and one successor, and a replay always ends it [D2, D3, D4]', async () => {
  await fc.assert(
    fc.asyncProperty(plans({ thief: true, offMs: MAX_OFF_MS }), fc.scheduler(), async (plan, scheduler) => {
      const world = await happen(plan, scheduler);
      expect([...breachesOfOrder(world), ...breachesOfTime(world, plan)]).toEqual([]);
      await replayAtTheEnd(world);
    }),
    { numRuns: 1_200 },
  );
});

test('No refresh token is redeemed twice, even when the clocks of the replicas jump by hours [D2, D4]', async () => {
  await fc.assert(
    fc.asyncProperty(plans({ thief: true, offMs: HOUR_MS }), fc.scheduler(), async (plan, scheduler) => {
      const world = await happen(plan, scheduler);
      expect(breachesOfOrder(world)).toEqual([]);
    }),
    { numRuns: 600 },
  );
});
