import { setImmediate as nextIteration } from 'node:timers/promises';
import { RoundRobinQueue } from '../../../src/grpc/connections/round-robin-queue';
import { eventually } from '../../support/domain/eventually';

const LONG_MS = 1_000_000_000;

test('One that comes after many of another source is dispatched before them [E8]', async () => {
  const dispatched: string[] = [];
  const queue = new RoundRobinQueue<string>((item) => dispatched.push(item));
  for (let i = 0; i < 100; i += 1) queue.add('many', `many ${i}`);
  queue.add('one', 'one');
  await eventually('all are dispatched', () => dispatched.length === 101);
  expect(dispatched.indexOf('one')).toBe(1);
  expect(dispatched.filter((item) => item !== 'one')).toEqual(Array.from({ length: 100 }, (_, i) => `many ${i}`));
});

test('An iteration of the event loop dispatches four, whichever sources wait [E8]', async () => {
  const dispatched: number[] = [];
  const queue = new RoundRobinQueue<number>((item) => dispatched.push(item));
  for (let i = 0; i < 20; i += 1) queue.add(`source ${i % 10}`, i);
  await nextIteration();
  expect(dispatched).toEqual([0, 1, 2, 3]);
  await nextIteration();
  expect(dispatched).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await eventually('all are dispatched', () => dispatched.length === 20);
});

test('While something comes in every iteration nothing is dispatched, and then all [E8]', async () => {
  const dispatched: number[] = [];
  const queue = new RoundRobinQueue<number>((item) => dispatched.push(item), LONG_MS);
  for (let i = 0; i < 50; i += 1) {
    queue.add('source', i);
    await nextIteration();
  }
  expect(dispatched).toEqual([]);
  await eventually('all are dispatched', () => dispatched.length === 50);
});

test('What comes in every iteration delays the others for the bound only [E8]', async () => {
  const dispatched: number[] = [];
  const queue = new RoundRobinQueue<number>((item) => dispatched.push(item), 5);
  for (let i = 0; i < 200_000 && dispatched.length <= 10; i += 1) {
    queue.add('source', i);
    await nextIteration();
  }
  expect(dispatched.length).toBeGreaterThan(10);
});

test('What is added to the round-robin queue when all were dispatched is dispatched too', async () => {
  const dispatched: string[] = [];
  const queue = new RoundRobinQueue<string>((item) => dispatched.push(item));
  queue.add('source', 'first');
  await eventually('the first is dispatched', () => dispatched.length === 1);
  queue.add('source', 'second');
  await eventually('the second is dispatched', () => dispatched.length === 2);
});
