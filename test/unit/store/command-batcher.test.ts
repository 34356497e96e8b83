import { setTimeout as pause } from 'node:timers/promises';
import { CallEndedError } from '../../../src/auth/errors';
import { type Answered, CommandBatcher } from '../../../src/store/mongo/commands/command-batcher';
import type { OperationOptions } from '../../../src/store/mongo/commands/operation';
import { testCall } from '../../support/domain/call';

interface Command {
  readonly items: readonly number[];
  readonly options: OperationOptions;
}

/** Doubles numbers, and keeps the commands that it was given. */
function doubling(answer: (items: readonly number[]) => Promise<readonly Answered<number>[]> = doubled) {
  const commands: Command[] = [];
  const batcher = new CommandBatcher<number, number>((items, options) => {
    commands.push({ items, options });
    return answer(items);
  });
  return { commands, batcher };
}

async function doubled(items: readonly number[]): Promise<Answered<number>[]> {
  return items.map((item) => ({ answer: 2 * item }));
}

const callFor = (ms: number) => testCall({ deadline: Date.now() + ms });

describe('CommandBatcher', () => {
  test('asks together what is asked in one turn of the event loop, and answers each its own', async () => {
    const { commands, batcher } = doubling();
    const later = new Promise<number>((resolve) =>
      setImmediate(() => setImmediate(() => resolve(batcher.run(4, testCall())))),
    );
    const first = [batcher.run(1, testCall()), Promise.resolve().then(() => batcher.run(2, testCall()))];
    expect(await Promise.all(first)).toEqual([2, 4]);
    expect(await later).toBe(8);
    expect(commands.map(({ items }) => items)).toEqual([[1, 2], [4]]);
  });

  test('puts no more than a hundred into one command, and leaves none out', async () => {
    const { commands, batcher } = doubling();
    const numbers = Array.from({ length: 250 }, (_, i) => i);
    const answers = await Promise.all(numbers.map((n) => batcher.run(n, testCall())));
    expect(answers).toEqual(numbers.map((n) => 2 * n));
    expect(commands.map(({ items }) => items.length)).toEqual([100, 100, 50]);
  });

  test('rejects only the call whose item has a fault', async () => {
    const { batcher } = doubling(async (items) =>
      items.map((item) => (item === 2 ? { fault: new Error('two') } : { answer: item })),
    );
    const asked = [1, 2, 3].map((item) => batcher.run(item, testCall()));
    expect(await Promise.allSettled(asked)).toMatchObject([{ value: 1 }, { reason: { message: 'two' } }, { value: 3 }]);
  });

  test('rejects every call when the command fails', async () => {
    const { batcher } = doubling(() => Promise.reject(new Error('all')));
    const asked = [1, 2].map((item) => batcher.run(item, testCall()));
    const failed = { reason: { message: 'all' } };
    expect(await Promise.allSettled(asked)).toMatchObject([failed, failed]);
  });

  test('rejects a call for which the command has no answer', async () => {
    const { batcher } = doubling(async () => [{ answer: 1 }]);
    const asked = [1, 2].map((item) => batcher.run(item, testCall()));
    expect(await Promise.allSettled(asked)).toMatchObject([{ value: 1 }, { status: 'rejected' }]);
  });

  test('lets those go together who have about the same time left, and gives their command up at the first deadline', async () => {
    const { commands, batcher } = doubling((items) => pause(150).then(() => doubled(items)));
    const asked = [
      batcher.run(1, callFor(100)),
      batcher.run(2, callFor(5_000)),
      batcher.run(3, callFor(4_600)),
      batcher.run(4, callFor(101)),
      batcher.run(5, callFor(4_000)),
    ];
    const unavailable = { reason: { reason: 'STORE_UNAVAILABLE' } };
    expect(await Promise.allSettled(asked)).toMatchObject([
      unavailable,
      { value: 4 },
      { value: 6 },
      unavailable,
      { value: 10 },
    ]);
    expect(commands.map(({ items }) => items)).toEqual([[1, 4], [5], [3, 2]]);
    expect(commands.map(({ options }) => options.signal.aborted)).toEqual([true, false, false]);
    expect(commands[2]?.options.maxTimeMS).toBeLessThanOrEqual(4_600);
    expect(commands[2]?.options.maxTimeMS).toBeGreaterThan(4_400);
  });

  test('asks nothing for a call that has ended before its turn came', async () => {
    const { commands, batcher } = doubling();
    const cancelled = { ...testCall(), cancelled: false };
    const asked = [batcher.run(1, callFor(20)), batcher.run(2, cancelled), batcher.run(3, testCall())];
    const end = Date.now() + 30;
    while (Date.now() < end);
    cancelled.cancelled = true;
    expect(await Promise.allSettled(asked)).toMatchObject([
      { status: 'rejected' },
      { reason: { constructor: CallEndedError } },
      { value: 6 },
    ]);
    expect(commands.map(({ items }) => items)).toEqual([[3]]);
  });

  test('asks nothing for a call that is over', async () => {
    const { commands, batcher } = doubling();
    await expect(batcher.run(1, testCall({ cancelled: true }))).rejects.toThrow();
    await expect(batcher.run(1, callFor(-1))).rejects.toThrow();
    await pause(5);
    expect(commands).toEqual([]);
  });
});
