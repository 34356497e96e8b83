import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Watcher, WatchHub } from '../../../src/grpc/calls/watch-hub';

let hub: WatchHub;
beforeEach(() => {
  hub = new WatchHub();
});

function addWatchers(count: number, differing: (index: number) => Partial<Watcher>): Watcher[] {
  const idle = { beat: () => undefined, pump: () => undefined, dismiss: () => undefined };
  const watchers = Array.from({ length: count }, (_, index) => ({ ...idle, ...differing(index) }));
  for (const watcher of watchers) hub.add(watcher);
  return watchers;
}

describe('the heartbeats of watchers', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('come once a second to each, in 20 parts of equal size', () => {
    const beats = new Array<number>(60).fill(0);
    addWatchers(60, (index) => ({
      beat: () => {
        beats[index] = (beats[index] ?? 0) + 1;
      },
    }));
    for (let part = 1; part <= 20; part += 1) {
      jest.advanceTimersByTime(50);
      expect(beats.reduce((sum, each) => sum + each)).toBe(part * 3);
    }
    expect(beats).toEqual(new Array(60).fill(1));
  });

  test('end with the last watcher, and newcomers take the places of those that left', () => {
    let beats: string[] = [];
    const beatAs = (name: string) => () => ({
      beat: () => {
        beats.push(name);
      },
    });
    const [first, ...others] = addWatchers(20, beatAs('early'));
    hub.remove(first as Watcher);
    const late = addWatchers(1, beatAs('late'));
    jest.advanceTimersByTime(50);
    expect(beats).toEqual(['late']);
    beats = [];
    jest.advanceTimersByTime(1_000);
    expect(beats).toHaveLength(20);
    for (const watcher of [...others, ...late]) hub.remove(watcher);
    expect([hub.size, jest.getTimerCount()]).toEqual([0, 0]);
  });
});

test('Watchers with something new to send do it in their order, 100 of them before other work has its turn', async () => {
  const pumped: number[] = [];
  const watchers = addWatchers(250, (index) => ({ pump: () => void pumped.push(index) }));
  for (const watcher of watchers) hub.schedule(watcher);
  const counts = [pumped.length];
  for (let turn = 0; turn < 3; turn += 1) {
    await nextTurn();
    counts.push(pumped.length);
  }
  for (const watcher of watchers) hub.remove(watcher);
  expect(counts).toEqual([0, 100, 200, 250]);
  expect(pumped).toEqual(Array.from({ length: 250 }, (_, index) => index));
});
