import { getEventListeners } from 'node:events';
import type { Call } from '../../../src/auth/call';
import { CallEndedError } from '../../../src/auth/errors';
import { type HashWork, JOB_STATE } from '../../../src/crypto/passwords/hash-batch';
import { HashQueue } from '../../../src/crypto/passwords/hash-queue';
import { testCall } from '../../support/domain/call';
import { TestClock } from '../../support/domain/clock';
import { eventually } from '../../support/domain/eventually';
import { HashJobs, runJob } from './hash-jobs';

describe('the queue of hashes, where many wait', () => {
  // Jobs take no time unless a test says so.
  const clock = new TestClock();
  let jobs: HashJobs;
  beforeEach(() => {
    jobs = new HashJobs();
  });
  const aQueue = (jobMs: number) => new HashQueue({ concurrency: 2, queue: 62 }, clock, jobMs, jobs.work);
  const names = (count: number) => Array.from({ length: count }, (_, n) => `job ${n}`);
  const endAll = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      await eventually('it is begun', () => jobs.started.length > n);
      jobs.end(jobs.started[n] as string);
    }
  };

  it('runs several in one batch, in the order of their arrival, and gives each its own outcome', async () => {
    const queue = aQueue(10);
    const all = names(42).map((name) => runJob(queue, testCall(), name));
    expect(jobs.batches).toEqual([['job 0'], ['job 1']]);
    expect(queue.stats()).toEqual({ running: 2, queued: 40, refused: 0 });
    jobs.end('job 1');
    await all[1];
    expect(jobs.batches[2]).toEqual(['job 2', 'job 3', 'job 4', 'job 5', 'job 6']);
    expect(jobs.started).toEqual(['job 0', 'job 1', 'job 2']);
    expect(queue.stats()).toEqual({ running: 2, queued: 39, refused: 0 });
    jobs.end('job 2');
    await eventually('the next of the turn is begun', () => jobs.started.includes('job 3'));
    expect(queue.stats()).toEqual({ running: 2, queued: 38, refused: 0 });
    await endAll(42);
    expect(await Promise.all(all)).toEqual(names(42));
    expect(jobs.batches.flat()).toEqual(names(42));
    expect(queue.stats()).toEqual({ running: 0, queued: 0, refused: 0 });
  });

  it('gives each thread no more than half its share of those that wait, so that the last ones run singly', async () => {
    const queue = aQueue(0.001);
    const all = names(42).map((name) => runJob(queue, testCall(), name));
    await endAll(42);
    await Promise.all(all);
    const sizes = jobs.batches.map(({ length }) => length);
    expect(sizes[2]).toBe(10);
    expect(sizes.slice(-4)).toEqual([1, 1, 1, 1]);
  });

  it('runs long jobs singly, however many wait', async () => {
    const queue = aQueue(1000);
    const all = names(42).map((name) => runJob(queue, testCall(), name));
    jobs.end('job 0');
    await all[0];
    expect(jobs.batches).toEqual([['job 0'], ['job 1'], ['job 2']]);
    await endAll(42);
    await Promise.all(all);
  });

  it('learns how long one job takes, however many were in one batch', async () => {
    const sizes: number[] = [];
    const work: HashWork<string, string> = async (names) => {
      sizes.push(names.length);
      clock.advance(5 * names.length);
      return names.map((value) => ({ value }));
    };
    const queue = new HashQueue({ concurrency: 1, queue: 200 }, clock, 50, work);
    await Promise.all(names(200).map((name) => runJob(queue, testCall(), name)));
    expect(sizes.slice(0, 2)).toEqual([1, 1]);
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(8);
  });

  it('learns nothing from jobs that were not done', async () => {
    const sizes: number[] = [];
    const work: HashWork<string, string> = async (names, states) => {
      sizes.push(names.length);
      return names.map((_, n) => (Atomics.load(states, n) === JOB_STATE.CANCELLED ? undefined : { error: 'broken' }));
    };
    const queue = new HashQueue({ concurrency: 1, queue: 200 }, clock, 40, work);
    for (const call of [testCall(), testCall({ signal: AbortSignal.abort() })])
      await Promise.allSettled(names(100).map((name) => runJob(queue, call, name)));
    expect(sizes).toEqual(Array(200).fill(1));
  });

  it('keeps a thread occupied until its batch was reported, though all in it is done [E9]', async () => {
    let report: () => void = () => {};
    const reported = new Promise<void>((resolve) => {
      report = resolve;
    });
    const work: HashWork<string, string> = async (names, states) => {
      states.fill(JOB_STATE.DONE);
      await reported;
      return names.map((value) => ({ value }));
    };
    const queue = new HashQueue({ concurrency: 1, queue: 1 }, clock, 10, work);
    const accepted = ['a', 'b'].map((name) => runJob(queue, testCall(), name));
    await expect(runJob(queue, testCall(), 'c')).rejects.toMatchObject({ reason: 'OVERLOADED' });
    expect(queue.stats()).toEqual({ running: 1, queued: 1, refused: 1 });
    report();
    expect(await Promise.all(accepted)).toEqual(['a', 'b']);
  });

  it('takes no more than the queue has room for, whatever was started [E9]', async () => {
    const queue = aQueue(10);
    const all = names(64).map((name) => runJob(queue, testCall(), name));
    for (const name of ['job 0', 'job 1']) jobs.end(name);
    await Promise.all(all.slice(0, 2));
    const more = ['x', 'y', 'z'].map((name) => runJob(queue, testCall(), name));
    await expect(more[2]).rejects.toMatchObject({ reason: 'OVERLOADED' });
    await endAll(66);
    expect(await Promise.all([...all, ...more.slice(0, 2)])).toEqual([...names(64), 'x', 'y']);
  });

  it('begins nothing for a call that ends while others of its batch run; what was begun is answered [E7]', async () => {
    const queue = aQueue(10);
    const caller = new AbortController();
    const calls = names(42).map(() => ({ ...testCall({ signal: caller.signal }), cancelled: false }));
    const all = names(42).map((name, n) => runJob(queue, (n === 2 || n === 4 ? calls[n] : testCall()) as Call, name));
    jobs.end('job 0');
    await all[0];
    expect(jobs.batches[2]?.slice(0, 3)).toEqual(['job 2', 'job 3', 'job 4']);
    for (const call of calls) call.cancelled = true;
    caller.abort();
    await expect(all[4]).rejects.toEqual(new CallEndedError(true));
    expect(queue.stats()).toEqual({ running: 2, queued: 38, refused: 0 });
    jobs.end('job 1');
    await endAll(41);
    expect(await all[2]).toBe('job 2');
    expect(jobs.started).not.toContain('job 4');
    expect(await Promise.all(all.filter((_, n) => n !== 4))).toHaveLength(41);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('informs each that its batch has started, and with how many others', async () => {
    const queue = aQueue(10);
    const begun: [string, number][] = [];
    const all = names(42).map((name) =>
      runJob(queue, testCall(), name, { onStart: (others) => void begun.push([name, others]) }),
    );
    jobs.end('job 0');
    await all[0];
    expect(begun.slice(0, 3)).toEqual([
      ['job 0', 0],
      ['job 1', 0],
      ['job 2', 4],
    ]);
    await endAll(42);
    await Promise.all(all);
    expect(begun.map(([name]) => name)).toEqual(names(42));
  });
});
