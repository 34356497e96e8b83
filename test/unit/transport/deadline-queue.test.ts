import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../../src/auth/clock';
import { DeadlineQueue } from '../../../src/transport/pipeline/deadline-queue';

function expiring(): { expired: Promise<number>; expire: () => void } {
  let expire: () => void = () => {};
  const expired = new Promise<number>((resolve) => {
    expire = () => resolve(systemClock.monotonic());
  });
  return { expired, expire };
}

test('The deadline queue expires a call after the timeout, not before [E7]', async () => {
  const queue = new DeadlineQueue(50, systemClock);
  const call = expiring();
  const startedAt = systemClock.monotonic();
  queue.add(call, startedAt);
  expect((await call.expired) - startedAt).toBeGreaterThanOrEqual(50);
});

test('A call that was removed from the deadline queue is not expired, whether first, last or between', async () => {
  const queue = new DeadlineQueue(20, systemClock);
  const calls = [expiring(), expiring(), expiring(), expiring(), expiring()];
  const entries = calls.map((call) => queue.add(call, systemClock.monotonic()));
  const expired: number[] = [];
  calls.forEach((call, index) => void call.expired.then(() => expired.push(index)));
  for (const index of [0, 2, 4]) {
    const entry = entries[index];
    if (entry !== undefined) queue.remove(entry);
  }
  await Promise.all([calls[1]?.expired, calls[3]?.expired]);
  expect(expired).toEqual([1, 3]);
});

test('A call that comes after the deadline queue ran empty is expired too', async () => {
  const queue = new DeadlineQueue(20, systemClock);
  const first = expiring();
  queue.remove(queue.add(first, systemClock.monotonic()));
  const second = expiring();
  queue.add(second, systemClock.monotonic());
  await second.expired;
});

test('Removing a call from the deadline queue twice is harmless', async () => {
  const queue = new DeadlineQueue(20, systemClock);
  const gone = queue.add(expiring(), systemClock.monotonic());
  const staying = expiring();
  queue.add(staying, systemClock.monotonic());
  queue.remove(gone);
  queue.remove(gone);
  await staying.expired;
});

test('A call that came later to the deadline queue is expired at its own time', async () => {
  const queue = new DeadlineQueue(60, systemClock);
  const [first, second] = [expiring(), expiring()];
  queue.add(first, systemClock.monotonic());
  await setTimeout(30);
  const secondAt = systemClock.monotonic();
  queue.add(second, secondAt);
  await first.expired;
  expect((await second.expired) - secondAt).toBeGreaterThanOrEqual(60);
});
