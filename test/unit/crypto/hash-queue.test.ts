import { getEventListeners } from 'node:events';
import type { Call } from '../../../src/auth/call';
import { CallEndedError } from '../../../src/auth/errors';
import { type HashOutcome, type HashWork, JOB } from '../../../src/crypto/hash-batch';
import { HashQueue } from '../../../src/crypto/hash-queue';
import { testCall } from '../../support/call';
import { TestClock } from '../../support/clock';
import { eventually } from '../../support/eventually';

/** Jobs that end when they are told to; those of one turn one after the other. */
class Jobs {
  readonly turns: string[][] = [];
  readonly started: string[] = [];
  readonly #ends = new Map<string, (outcome: HashOutcome<string>) => void>();

  readonly work: HashWork<string, string> = async (names, states) => {
    this.turns.push([...names]);
    const outcomes: HashOutcome<string>[] = [];
    for (const [n, name] of names.entries()) {
      const isWanted = Atomics.compareExchange(states, n, JOB.WAITING, JOB.BEGUN) === JOB.WAITING;
      outcomes.push(isWanted ? await this.#outcome(name) : undefined);
      if (isWanted) Atomics.store(states, n, JOB.DONE);
    }
    return outcomes;
  };

  end(name: string, outcome: HashOutcome<string> = { value: name }): void {
    this.#ends.get(name)?.(outcome);
  }

  #outcome(name: string): Promise<HashOutcome<string>> {
    this.started.push(name);
    return new Promise((resolve) => this.#ends.set(name, resolve));
  }
}

describe('the queue of hashes', () => {
  const clock = new TestClock();
  const limits = { concurrency: 2, queue: 2 };
  let queue: HashQueue<string, string>;
  let jobs: Jobs;
  beforeEach(() => {
    jobs = new Jobs();
    queue = new HashQueue(limits, clock, 10, jobs.work);
  });
  const submit = (name: string, call = testCall({ arrivedAt: clock.now() })) => queue.run(call, name);

  it('E9: runs a bounded number at once and the others in the order of their arrival', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => submit(name));
    expect(jobs.started).toEqual(['a', 'b']);
    expect(queue.stats()).toEqual({ running: 2, queued: 2, refused: 0 });
    jobs.end('b');
    await all[1];
    expect(jobs.started).toEqual(['a', 'b', 'c']);
    jobs.end('a');
    await all[0];
    jobs.end('c');
    jobs.end('d');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
    expect(queue.stats()).toEqual({ running: 0, queued: 0, refused: 0 });
  });

  it('E9: refuses at once what finds the queue full', async () => {
    const accepted = ['a', 'b', 'c', 'd'].map((name) => submit(name));
    await expect(submit('e')).rejects.toMatchObject({ reason: 'OVERLOADED', retryAfterSeconds: 1 });
    expect(queue.stats().refused).toBe(1);
    expect(jobs.started).toEqual(['a', 'b']);
    for (const name of ['a', 'b', 'c', 'd']) {
      jobs.end(name);
      await accepted.shift();
    }
  });

  it('promises no second to more calls than there is room for', async () => {
    const accepted = ['a', 'b', 'c', 'd'].map((name) => submit(name));
    const told: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      await submit('late').catch((error) => told.push(error.retryAfterSeconds));
    }
    const seconds = told.map(Math.floor);
    for (const second of new Set(seconds)) {
      expect(seconds.filter((each) => each === second).length).toBeLessThanOrEqual(limits.concurrency + limits.queue);
    }
    expect(new Set(told).size).toBe(told.length);
    expect(Math.max(...told)).toBeGreaterThanOrEqual(3);
    for (const name of ['a', 'b', 'c', 'd']) {
      jobs.end(name);
      await accepted.shift();
    }
  });

  it('sends nobody away for longer than half a minute, however many there are', async () => {
    const accepted = ['a', 'b', 'c', 'd'].map((name) => submit(name));
    const told: number[] = [];
    for (let i = 0; i < 1000; i += 1) await submit('late').catch((error) => told.push(error.retryAfterSeconds));
    expect(told.at(-1)).toBe(30);
    for (const name of ['a', 'b', 'c', 'd']) {
      jobs.end(name);
      await accepted.shift();
    }
  });

  it('E7: starts nothing for a call that is cancelled or late', async () => {
    const cancelled = submit('a', testCall({ cancelled: true }));
    await expect(cancelled).rejects.toEqual(new CallEndedError(true));
    const late = submit('b', testCall({ deadline: clock.now() }));
    await expect(late).rejects.toEqual(new CallEndedError(false));
    expect(jobs.started).toEqual([]);
    expect(queue.stats().running).toBe(0);
  });

  it('E7: a waiting call that is cancelled gives its place up at once', async () => {
    const caller = new AbortController();
    const running = ['a', 'b'].map((name) => submit(name));
    const leaving = submit('c', testCall({ signal: caller.signal, cancelled: true, deadline: clock.now() + 1e6 }));
    await expect(leaving).rejects.toBeInstanceOf(CallEndedError);
    const call = { ...testCall({ signal: caller.signal }), cancelled: false };
    const waiting = submit('d', call);
    expect(queue.stats().queued).toBe(1);
    call.cancelled = true;
    caller.abort();
    await expect(waiting).rejects.toEqual(new CallEndedError(true));
    expect(queue.stats().queued).toBe(0);
    for (const name of ['a', 'b']) jobs.end(name);
    await Promise.all(running);
    expect(jobs.started).toEqual(['a', 'b']);
  });

  it('E7: a call that became late while it waited starts nothing, and its turn goes on', async () => {
    const running = ['a', 'b'].map((name) => submit(name));
    const late = submit('c', testCall({ deadline: clock.now() + 5 }));
    const next = submit('d');
    clock.advance(5);
    jobs.end('a');
    await expect(late).rejects.toEqual(new CallEndedError(false));
    await running[0];
    expect(jobs.started).toEqual(['a', 'b', 'd']);
    jobs.end('b');
    jobs.end('d');
    await Promise.all([next, running[1]]);
  });

  it('E9: what comes beforehand runs once there is a place, and what is refused runs none of it', async () => {
    const prepared: string[] = [];
    const ends: (() => void)[] = [];
    const coming = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      queue.run(testCall({ arrivedAt: clock.now() }), name, {
        beforehand: () => {
          prepared.push(name);
          return new Promise((resolve) => ends.push(resolve));
        },
      }),
    );
    await expect(coming.pop()).rejects.toMatchObject({ reason: 'OVERLOADED' });
    expect(prepared).toEqual(['a', 'b', 'c', 'd']);
    expect(jobs.started).toEqual([]);
    await expect(submit('f')).rejects.toMatchObject({ reason: 'OVERLOADED' });
    for (const end of ends) end();
    for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) {
      await eventually('its turn', () => jobs.started.length > at);
      jobs.end(name);
    }
    expect(await Promise.all(coming)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('E9: has no gap between what comes beforehand and the wait, through which too many could come', async () => {
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const coming = ['a', 'b', 'c', 'd'].map((name) => queue.run(testCall(), name, { beforehand: () => ended }));
    const late: Promise<unknown>[] = [];
    // Right behind the microtasks in which the four go on.
    const more = ended.then(() => {}).then(() => void late.push(submit('e').catch((error) => error.reason)));
    end();
    await more;
    expect(await Promise.all(late)).toEqual(['OVERLOADED']);
    for (const name of ['a', 'b', 'c', 'd']) {
      await eventually('its turn', () => jobs.started.includes(name));
      jobs.end(name);
    }
    await Promise.all(coming);
  });

  it('E7: begins nothing for a call that ended before whoever does the jobs had time to', async () => {
    const caller = new AbortController();
    const call = { ...testCall({ signal: caller.signal }), cancelled: false };
    queue = new HashQueue(limits, clock, 10, async (names, states) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return jobs.work(names, states);
    });
    const leaving = queue.run(call, 'a');
    call.cancelled = true;
    caller.abort();
    await expect(leaving).rejects.toEqual(new CallEndedError(true));
    expect(jobs.started).toEqual([]);
  });

  it('E7: begins nothing for a call whose signal says that it has ended, whatever the clock says', async () => {
    const call = testCall({ signal: AbortSignal.abort(), deadline: clock.now() + 1e6 });
    await expect(queue.run(call, 'a')).rejects.toEqual(new CallEndedError(false));
    expect(jobs.started).toEqual([]);
  });

  it('gives the place back when what comes beforehand fails, or took too long', async () => {
    const refusal = Promise.reject(new Error('one too many'));
    await expect(queue.run(testCall(), 'a', { beforehand: () => refusal })).rejects.toThrow('one too many');
    const late = queue.run(testCall({ deadline: clock.now() + 5 }), 'b', { beforehand: async () => clock.advance(5) });
    await expect(late).rejects.toEqual(new CallEndedError(false));
    const closing = queue.run(testCall({ deadline: clock.now() + 5 }), 'c', { beforehand: async () => queue.close() });
    await expect(closing).rejects.toMatchObject({ reason: 'OVERLOADED' });
    expect(jobs.started).toEqual([]);
    queue = new HashQueue(limits, clock, 10, jobs.work);
    const all = ['a', 'b', 'c', 'd'].map((name) => submit(name));
    for (const name of ['a', 'b', 'c', 'd']) {
      await eventually('its turn', () => jobs.started.includes(name));
      jobs.end(name);
    }
    await Promise.all(all);
  });

  it('goes on after a job that failed, and after whoever does them has', async () => {
    const failing = submit('a');
    jobs.end('a', { error: 'broken' });
    await expect(failing).rejects.toThrow('Hashing failed: broken');
    expect(queue.stats()).toMatchObject({ running: 0, queued: 0 });
    queue = new HashQueue(limits, clock, 10, () => Promise.reject(new Error('A hashing thread ended')));
    for (const name of ['b', 'c', 'd']) await expect(submit(name)).rejects.toThrow('A hashing thread ended');
    expect(queue.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('refuses those who wait and those who come when it is closed', async () => {
    const running = ['a', 'b'].map((name) => submit(name));
    const waiting = submit('c');
    queue.close();
    await expect(waiting).rejects.toMatchObject({ reason: 'OVERLOADED' });
    await expect(submit('d')).rejects.toMatchObject({ reason: 'OVERLOADED' });
    for (const name of ['a', 'b']) jobs.end(name);
    await Promise.all(running);
  });
});

describe('the queue of hashes, where many wait', () => {
  const clock = new TestClock();
  /** What the queue takes for the time, in ms: jobs take none unless a test says so. */
  let now: number;
  let jobs: Jobs;
  beforeEach(() => {
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jobs = new Jobs();
  });
  afterEach(() => jest.restoreAllMocks());
  const aQueue = (jobMs: number) => new HashQueue({ concurrency: 2, queue: 62 }, clock, jobMs, jobs.work);
  const names = (count: number) => Array.from({ length: count }, (_, n) => `job ${n}`);
  const endAll = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      await eventually('it is begun', () => jobs.started.length > n);
      jobs.end(jobs.started[n] as string);
    }
  };

  it('gives several their turn together, in the order of their arrival, and tells each its own outcome', async () => {
    const queue = aQueue(10);
    const all = names(42).map((name) => queue.run(testCall(), name));
    expect(jobs.turns).toEqual([['job 0'], ['job 1']]);
    expect(queue.stats()).toEqual({ running: 2, queued: 40, refused: 0 });
    jobs.end('job 1');
    await all[1];
    expect(jobs.turns[2]).toEqual(['job 2', 'job 3', 'job 4', 'job 5', 'job 6']);
    expect(jobs.started).toEqual(['job 0', 'job 1', 'job 2']);
    expect(queue.stats()).toEqual({ running: 2, queued: 39, refused: 0 });
    jobs.end('job 2');
    await eventually('the next of the turn is begun', () => jobs.started.includes('job 3'));
    expect(queue.stats()).toEqual({ running: 2, queued: 38, refused: 0 });
    await endAll(42);
    expect(await Promise.all(all)).toEqual(names(42));
    expect(jobs.turns.flat()).toEqual(names(42));
    expect(queue.stats()).toEqual({ running: 0, queued: 0, refused: 0 });
  });

  it('gives to each place no more than half its share of those who wait, so that the last ones go singly', async () => {
    const queue = aQueue(0.001);
    const all = names(42).map((name) => queue.run(testCall(), name));
    await endAll(42);
    await Promise.all(all);
    const sizes = jobs.turns.map(({ length }) => length);
    expect(sizes[2]).toBe(10);
    expect(sizes.slice(-4)).toEqual([1, 1, 1, 1]);
  });

  it('gives long jobs their turn singly, however many wait', async () => {
    const queue = aQueue(1000);
    const all = names(42).map((name) => queue.run(testCall(), name));
    jobs.end('job 0');
    await all[0];
    expect(jobs.turns).toEqual([['job 0'], ['job 1'], ['job 2']]);
    await endAll(42);
    await Promise.all(all);
  });

  it('learns how long one job takes, however many had their turn together', async () => {
    const sizes: number[] = [];
    const work: HashWork<string, string> = async (names) => {
      sizes.push(names.length);
      now += 5 * names.length;
      return names.map((value) => ({ value }));
    };
    const queue = new HashQueue({ concurrency: 1, queue: 200 }, clock, 50, work);
    await Promise.all(names(200).map((name) => queue.run(testCall(), name)));
    expect(sizes.slice(0, 2)).toEqual([1, 1]);
    expect(Math.max(...sizes)).toBeGreaterThanOrEqual(8);
  });

  it('learns nothing from jobs that were not done', async () => {
    const sizes: number[] = [];
    const work: HashWork<string, string> = async (names, states) => {
      sizes.push(names.length);
      return names.map((_, n) => (Atomics.load(states, n) === JOB.UNWANTED ? undefined : { error: 'broken' }));
    };
    const queue = new HashQueue({ concurrency: 1, queue: 200 }, clock, 40, work);
    for (const call of [testCall(), testCall({ signal: AbortSignal.abort() })])
      await Promise.allSettled(names(100).map((name) => queue.run(call, name)));
    expect(sizes).toEqual(Array(200).fill(1));
  });

  it('E9: takes no more than there are places for, whatever was given its turn', async () => {
    const queue = aQueue(10);
    const all = names(64).map((name) => queue.run(testCall(), name));
    for (const name of ['job 0', 'job 1']) jobs.end(name);
    await Promise.all(all.slice(0, 2));
    const more = ['x', 'y', 'z'].map((name) => queue.run(testCall(), name));
    await expect(more[2]).rejects.toMatchObject({ reason: 'OVERLOADED' });
    await endAll(66);
    expect(await Promise.all([...all, ...more.slice(0, 2)])).toEqual([...names(64), 'x', 'y']);
  });

  it('E7: begins nothing for a call that ends during the turn of others; what was begun is told', async () => {
    const queue = aQueue(10);
    const caller = new AbortController();
    const calls = names(42).map(() => ({ ...testCall({ signal: caller.signal }), cancelled: false }));
    const all = names(42).map((name, n) => queue.run((n === 2 || n === 4 ? calls[n] : testCall()) as Call, name));
    jobs.end('job 0');
    await all[0];
    expect(jobs.turns[2]?.slice(0, 3)).toEqual(['job 2', 'job 3', 'job 4']);
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

  it('tells each that its turn has come, and with how many others', async () => {
    const queue = aQueue(10);
    const begun: [string, number][] = [];
    const all = names(42).map((name) =>
      queue.run(testCall(), name, { begin: (others) => void begun.push([name, others]) }),
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
