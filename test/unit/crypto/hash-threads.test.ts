import { getPriority } from 'node:os';
import { JOB_STATE } from '../../../src/crypto/passwords/hash-batch';
import { type HashJob, HashThreads, nicenessBeside } from '../../../src/crypto/passwords/hash-threads';
import { eventually } from '../../support/domain/eventually';
import { niceValues } from '../../support/processes/nice-values';

const OPTIONS = { memoryCost: 1024, timeCost: 1, parallelism: 1 };

/** So many, all of them still pending. */
const pending = (jobs: number) => new Int32Array(new SharedArrayBuffer(jobs * Int32Array.BYTES_PER_ELEMENT));

describe('the hashing threads', () => {
  let threads: HashThreads;
  beforeEach(() => {
    threads = new HashThreads(10);
  });
  afterEach(() => threads.close());

  const run = async (...jobs: HashJob[]) => threads.run(jobs, pending(jobs.length));

  it('start when they are needed and are used again', async () => {
    expect(threads.size).toBe(0);
    await run({ password: 'a password', options: OPTIONS });
    await run({ password: 'a password', options: OPTIONS });
    expect(threads.size).toBe(1);
    await Promise.all([1, 2].map(() => run({ password: 'a password', options: OPTIONS })));
    expect(threads.size).toBe(2);
  });

  it('report the outcome of each job, and go on after one whose hash is malformed', async () => {
    const [made] = await run({ password: 'a password', options: OPTIONS });
    const hash = (made as { value: string }).value;
    expect(hash).toMatch(/^\$argon2id\$/);
    const outcomes = await run(
      { password: 'a password', hash },
      { password: 'a password', hash: 'nonsense' },
      { password: 'another password', hash },
      { password: 'a password', hash },
    );
    expect(outcomes).toEqual([{ value: true }, { error: expect.any(String) }, { value: false }, { value: true }]);
    expect(threads.size).toBe(1);
  });

  it('leave out what is unwanted before it is begun, also while they do others, and report where they are [E7]', async () => {
    const states = pending(3);
    states[0] = JOB_STATE.CANCELLED;
    const slow = { password: 'a password', options: { ...OPTIONS, timeCost: 1000 } };
    const outcomes = threads.run([slow, slow, slow], states);
    await eventually('the second is begun', () => Atomics.load(states, 1) === JOB_STATE.RUNNING);
    Atomics.store(states, 2, JOB_STATE.CANCELLED);
    expect(await outcomes).toEqual([undefined, { value: expect.any(String) }, undefined]);
    expect([...states]).toEqual([JOB_STATE.CANCELLED, JOB_STATE.DONE, JOB_STATE.CANCELLED]);
  });

  it('fail the jobs of a thread that dies instead of leaving them waiting, and start another', async () => {
    const slow = run({ password: 'a password', options: { ...OPTIONS, timeCost: 1000 } });
    const failed = expect(slow).rejects.toThrow('A hashing thread ended');
    await threads.close();
    await failed;
    expect(threads.size).toBe(0);
    expect(await run({ password: 'a password', options: OPTIONS })).toEqual([{ value: expect.any(String) }]);
  });

  it('run at a lower priority than the event loop where the system has priorities of threads [E9]', async () => {
    const before = getPriority();
    await run({ password: 'a password', options: OPTIONS });
    expect(getPriority()).toBe(before);
    if (process.platform === 'linux') expect(niceValues()).toContain(10);
  });
});

it('At the lowest priority where event loops leave a core free, else at one that leaves logins something [E9]', () => {
  expect([nicenessBeside(1, 2), nicenessBeside(3, 4), nicenessBeside(1, 64)]).toEqual([19, 19, 19]);
  expect([nicenessBeside(1, 1), nicenessBeside(4, 4), nicenessBeside(8, 2)]).toEqual([10, 10, 10]);
});
