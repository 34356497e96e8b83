import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { HashThreads } from '../../../src/crypto/hash-threads';

const OPTIONS = { memoryCost: 1024, timeCost: 1, parallelism: 1 };

describe('the hashing threads', () => {
  let threads: HashThreads;
  beforeEach(() => {
    threads = new HashThreads();
  });
  afterEach(() => threads.close());

  it('start when they are needed and are used again', async () => {
    expect(threads.size).toBe(0);
    await threads.run({ password: 'a password', options: OPTIONS });
    await threads.run({ password: 'a password', options: OPTIONS });
    expect(threads.size).toBe(1);
    await Promise.all([1, 2].map(() => threads.run({ password: 'a password', options: OPTIONS })));
    expect(threads.size).toBe(2);
  });

  it('fail the job whose hash is malformed, and take the next', async () => {
    await expect(threads.run({ password: 'a password', hash: 'nonsense' })).rejects.toThrow('Hashing failed');
    expect(await threads.run({ password: 'a password', options: OPTIONS })).toMatch(/^\$argon2id\$/);
    expect(threads.size).toBe(1);
  });

  it('fail the job of a thread that dies instead of leaving it waiting, and start another', async () => {
    const slow = threads.run({ password: 'a password', options: { ...OPTIONS, timeCost: 1000 } });
    const failed = expect(slow).rejects.toThrow('A hashing thread ended');
    await threads.close();
    await failed;
    expect(threads.size).toBe(0);
    expect(await threads.run({ password: 'a password', options: OPTIONS })).toMatch(/^\$argon2id\$/);
  });

  it('E9: run at a lower priority than the event loop where the system has priorities of threads', async () => {
    await threads.run({ password: 'a password', options: OPTIONS });
    expect(getPriority()).toBe(0);
    if (process.platform === 'linux') expect(niceValues()).toContain(10);
  });
});

/** Of all threads of this process (proc(5), the 19th field of stat). */
function niceValues(): number[] {
  return readdirSync('/proc/self/task').flatMap((id) => {
    const stat = statOf(id);
    return stat === undefined ? [] : [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])];
  });
}

/** Undefined when the thread has ended meanwhile. */
function statOf(id: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}
