import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../domain/eventually';

const VERSION = 'v1.33.1';
const CACHE = join(homedir(), '.cache', 'postern', 'mailpit-1.33.1');
const run = promisify(execFile);

/**
 * A Mailpit that can be run here: the one named in MAILPIT_BINARY, or one that Go builds, once.
 * scripts/docker/mailpit.sh takes it from here too.
 */
export async function mailpitBinary(): Promise<string> {
  const given = process.env.MAILPIT_BINARY;
  if (given !== undefined && given !== '') return given;
  const cached = join(CACHE, 'mailpit');
  if (existsSync(cached)) return cached;
  await mkdir(join(CACHE, '..'), { recursive: true });
  const work = await mkdtemp(join(CACHE, '..', 'bringing-'));
  try {
    await run('go', ['install', `github.com/axllent/mailpit@${VERSION}`], { env: { ...process.env, GOBIN: work } });
    await mkdir(CACHE, { recursive: true });
    await rename(join(work, 'mailpit'), cached);
    return cached;
  } catch (cause) {
    throw new Error('The tests need Mailpit: name one in MAILPIT_BINARY, or install Go.', { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export interface Mailpit {
  readonly smtpPort: number;
  /** Reads a path of its API. */
  get<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** Mailpit on free ports, with its mails in memory. */
export async function startMailpit(args: readonly string[] = []): Promise<Mailpit> {
  const binary = await mailpitBinary();
  const [smtpPort, webPort] = [await freePort(), await freePort()];
  const listen = ['--smtp', `127.0.0.1:${smtpPort}`, '--listen', `127.0.0.1:${webPort}`, '--disable-version-check'];
  const child = spawn(binary, [...listen, ...args], { stdio: 'ignore' });
  const web = `http://127.0.0.1:${webPort}`;
  await eventually(
    'Mailpit is ready',
    () =>
      fetch(`${web}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    30_000,
  );
  return {
    smtpPort,
    get: async <T>(path: string) => (await (await fetch(`${web}${path}`)).json()) as T,
    close: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
