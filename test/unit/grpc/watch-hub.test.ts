import { setImmediate as nextIteration } from 'node:timers/promises';
import type { Watch } from '../../../src/auth/revocation/watch-revocations';
import { WatchRevocationsResponse } from '../../../src/gen/postern/auth/v1/auth_service';
import { type Watcher, WatchHub } from '../../../src/grpc/calls/watch-hub';

let hub: WatchHub;
beforeEach(() => {
  hub = new WatchHub();
});

function addWatchers(count: number, differing: (index: number) => Partial<Watcher>): Watcher[] {
  const idle = { sendHeartbeat: () => undefined, flush: () => undefined, close: () => undefined };
  const watchers = Array.from({ length: count }, (_, index) => ({ ...idle, ...differing(index) }));
  for (const watcher of watchers) hub.add(watcher);
  return watchers;
}

describe('the heartbeats of watchers', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('come once a second to each, in 4 groups of equal size', () => {
    const beats = new Array<number>(60).fill(0);
    addWatchers(60, (index) => ({
      sendHeartbeat: () => {
        beats[index] = (beats[index] ?? 0) + 1;
      },
    }));
    for (let group = 1; group <= 4; group += 1) {
      jest.advanceTimersByTime(250);
      expect(beats.reduce((sum, each) => sum + each)).toBe(group * 15);
    }
    expect(beats).toEqual(new Array(60).fill(1));
  });

  test('say an earlier time than the last one only where the clock was set back', () => {
    const freshAt = [10_000.7, 10_000.2, 9_999.4, 10_001, 9_000, 9_001];
    const said: unknown[] = [];
    addWatchers(4, () => ({
      sendHeartbeat: () => {
        const watch = { freshAt: () => freshAt.shift(), resumeToken: () => '1' } as unknown as Watch;
        const { event } = WatchRevocationsResponse.decode(hub.heartbeat(watch).subarray(5));
        said.push(event?.$case === 'heartbeat' && event.heartbeat.freshAt?.getTime());
      },
    }));
    jest.advanceTimersByTime(1_500);
    expect(said).toEqual([10_000, 10_000, 10_000, 10_001, 9_000, 9_001]);
  });

  test('come to 50 watchers before other work has its turn, and to none that has gone meanwhile', () => {
    const reached: number[] = [];
    const watchers = addWatchers(480, (index) => ({ sendHeartbeat: () => void reached.push(index) }));
    const counts: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      jest.advanceTimersToNextTimer();
      counts.push(reached.length);
      if (turn === 0) hub.remove(watchers[476] as Watcher);
    }
    expect(counts).toEqual([50, 100, 119]);
    expect(reached).toEqual(Array.from({ length: 119 }, (_, index) => index * 4));
  });

  test('end with the last watcher, and newcomers take the places of those that left', () => {
    let beats: string[] = [];
    const countAs = (name: string) => () => ({
      sendHeartbeat: () => {
        beats.push(name);
      },
    });
    const [first, ...others] = addWatchers(4, countAs('early'));
    hub.remove(first as Watcher);
    const late = addWatchers(1, countAs('late'));
    jest.advanceTimersByTime(250);
    expect(beats).toEqual(['late']);
    beats = [];
    jest.advanceTimersByTime(1_000);
    expect(beats).toHaveLength(4);
    for (const watcher of [...others, ...late]) hub.remove(watcher);
    expect([hub.size, jest.getTimerCount()]).toEqual([0, 0]);
  });
});

test('Watchers with something new to send do it in their order, 50 of them before other work has its turn', async () => {
  const flushed: number[] = [];
  const watchers = addWatchers(125, (index) => ({ flush: () => void flushed.push(index) }));
  for (const watcher of watchers) hub.schedule(watcher);
  const counts = [flushed.length];
  for (let turn = 0; turn < 3; turn += 1) {
    await nextIteration();
    counts.push(flushed.length);
  }
  for (const watcher of watchers) hub.remove(watcher);
  expect(counts).toEqual([0, 50, 100, 125]);
  expect(flushed).toEqual(Array.from({ length: 125 }, (_, index) => index));
});
