import { CallEndedError } from '../../../src/auth/errors';
import { HashQueue } from '../../../src/crypto/passwords/hash-queue';
import { testCall } from '../../support/domain/call';
import { TestClock } from '../../support/domain/clock';
import { eventually } from '../../support/domain/eventually';
import { HashJobs, runJob } from './hash-jobs';

describe('the queue of hashes', () => {
  const clock = new TestClock();
  const limits = { concurrency: 2, queue: 2 };
  let queue: HashQueue<string, string>;
  let jobs: HashJobs;
  beforeEach(() => {
    jobs = new HashJobs();
    queue = new HashQueue(limits, clock, 10, jobs.work);
  });
  const submit = (name: string, call = testCall({ arrivedAt: clock.now() })) => runJob(queue, call, name);

  it('runs a bounded number at once and the others in the order of their arrival [E9]', async () => {
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

  it('refuses at once what finds the queue full [E9]', async () => {
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
    const retries: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      await submit('late').catch((error) => retries.push(error.retryAfterSeconds));
    }
    const seconds = retries.map(Math.floor);
    for (const second of new Set(seconds)) {
      expect(seconds.filter((each) => each === second).length).toBeLessThanOrEqual(limits.concurrency + limits.queue);
    }
    expect(new Set(retries).size).toBe(retries.length);
    expect(Math.max(...retries)).toBeGreaterThanOrEqual(3);
    for (const name of ['a', 'b', 'c', 'd']) {
      jobs.end(name);
      await accepted.shift();
    }
  });

  it('refuses no call for longer than half a minute, however many there are', async () => {
    const accepted = ['a', 'b', 'c', 'd'].map((name) => submit(name));
    const retries: number[] = [];
    for (let i = 0; i < 1000; i += 1) await submit('late').catch((error) => retries.push(error.retryAfterSeconds));
    expect(retries.at(-1)).toBe(30);
    for (const name of ['a', 'b', 'c', 'd']) {
      jobs.end(name);
      await accepted.shift();
    }
  });

  it('starts nothing for a call that is cancelled or late [E7]', async () => {
    const cancelled = submit('a', testCall({ cancelled: true }));
    await expect(cancelled).rejects.toEqual(new CallEndedError(true));
    const late = submit('b', testCall({ deadline: clock.now() }));
    await expect(late).rejects.toEqual(new CallEndedError(false));
    expect(jobs.started).toEqual([]);
    expect(queue.stats().running).toBe(0);
  });

  it('removes a waiting call that is cancelled at once [E7]', async () => {
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

  it('starts nothing for a call whose deadline passed while it waited, and goes on with the next [E7]', async () => {
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

  it('the work before a job runs once there is a ticket, and a refused call does none of it [E9]', async () => {
    const prepared: string[] = [];
    const ends: (() => void)[] = [];
    const coming = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      runJob(queue, testCall({ arrivedAt: clock.now() }), name, {
        prepare: () => {
          prepared.push(name);
          return new Promise<void>((resolve) => ends.push(resolve));
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

  it('has no gap between the work before a job and the wait, through which too many could come [E9]', async () => {
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const coming = ['a', 'b', 'c', 'd'].map((name) => runJob(queue, testCall(), name, { prepare: () => ended }));
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

  it('begins nothing for a call that ended before a thread had time to [E7]', async () => {
    const caller = new AbortController();
    const call = { ...testCall({ signal: caller.signal }), cancelled: false };
    queue = new HashQueue(limits, clock, 10, async (names, states) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return jobs.work(names, states);
    });
    const leaving = runJob(queue, call, 'a');
    call.cancelled = true;
    caller.abort();
    await expect(leaving).rejects.toEqual(new CallEndedError(true));
    expect(jobs.started).toEqual([]);
  });

  it('begins nothing for a call whose signal says that it has ended, whatever the clock says [E7]', async () => {
    const call = testCall({ signal: AbortSignal.abort(), deadline: clock.now() + 1e6 });
    await expect(runJob(queue, call, 'a')).rejects.toEqual(new CallEndedError(false));
    expect(jobs.started).toEqual([]);
  });

  it('releases the ticket when the work before a job fails, or took too long', async () => {
    const refusal = Promise.reject(new Error('one too many'));
    await expect(runJob(queue, testCall(), 'a', { prepare: () => refusal })).rejects.toThrow('one too many');
    const late = runJob(queue, testCall({ deadline: clock.now() + 5 }), 'b', { prepare: async () => clock.advance(5) });
    await expect(late).rejects.toEqual(new CallEndedError(false));
    const closing = runJob(queue, testCall({ deadline: clock.now() + 5 }), 'c', { prepare: async () => queue.close() });
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

  it('goes on after a job that failed, and after a thread has', async () => {
    const failing = submit('a');
    jobs.end('a', { error: 'broken' });
    await expect(failing).rejects.toThrow('Hashing failed: broken');
    expect(queue.stats()).toMatchObject({ running: 0, queued: 0 });
    queue = new HashQueue(limits, clock, 10, () => Promise.reject(new Error('A hashing thread ended')));
    for (const name of ['b', 'c', 'd']) await expect(submit(name)).rejects.toThrow('A hashing thread ended');
    expect(queue.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('refuses the jobs that wait and those that come when it is closed', async () => {
    const running = ['a', 'b'].map((name) => submit(name));
    const waiting = submit('c');
    queue.close();
    await expect(waiting).rejects.toMatchObject({ reason: 'OVERLOADED' });
    await expect(submit('d')).rejects.toMatchObject({ reason: 'OVERLOADED' });
    for (const name of ['a', 'b']) jobs.end(name);
    await Promise.all(running);
  });
});
