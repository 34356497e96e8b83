import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/domain/eventually';

const ROOT = join(__dirname, '..', '..');
const IMAGE = 'postern:under-test';
const execute = promisify(execFile);

/** The way an administrator who trusts nothing would run it. */
const LOCKED_DOWN = [
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--user=65532',
  '--tmpfs=/data',
  '--memory=256m',
];

/** Runs the docker client; resolves with what it printed. */
export async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execute('docker', args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim();
}

/** Whether a Docker engine answers. */
export function engineAnswers(): boolean {
  return spawnSync('docker', ['version'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** Builds the image of this tree; resolves with its name. */
export async function buildImage(): Promise<string> {
  const { stdout } = await execute(join(ROOT, 'scripts/docker/build-image.sh'), [IMAGE]);
  process.stdout.write(`Image: ${stdout.split('\n')[0]}\n`);
  return IMAGE;
}

/** Runs JavaScript by the image's own Node, there being no shell. */
export function runInside(image: string, script: string): Promise<string> {
  return docker('run', '--rm', '--network=none', '--entrypoint=/usr/local/bin/node', image, '-e', script);
}

export interface Container {
  readonly id: string;
  readonly grpcAddress: string;
  readonly httpAddress: string;
  /** From `docker run` to the first `ready`, in ms. */
  readonly readyAfterMs: number;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number>;
  remove(): Promise<void>;
}

/** A locked-down container of the image, ready. */
export async function startContainer(image: string, env: Readonly<Record<string, string>>): Promise<Container> {
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  const ports = ['--publish=127.0.0.1:0:50051', '--publish=127.0.0.1:0:8080'];
  const began = Date.now();
  const id = await docker('run', '--detach', ...LOCKED_DOWN, ...ports, ...variables, image);
  const remove = async (): Promise<void> => {
    await docker('rm', '--force', '--volumes', id);
  };
  try {
    const grpcAddress = await docker('port', id, '50051');
    const httpAddress = await docker('port', id, '8080');
    await eventually('the container is ready', () => answersReady(httpAddress), 60_000);
    const readyAfterMs = Date.now() - began;
    const stop = async (): Promise<number> => {
      await docker('stop', '--time=30', id);
      return Number(await docker('inspect', '--format={{.State.ExitCode}}', id));
    };
    return { id, grpcAddress, httpAddress, readyAfterMs, stop, remove };
  } catch (error) {
    const printed = await docker('logs', id);
    await remove();
    throw new Error(`The container does not get ready: ${printed}`, { cause: error });
  }
}

async function answersReady(address: string): Promise<boolean> {
  // The engine accepts before the container listens, and then may never answer.
  const signal = AbortSignal.timeout(500);
  const response = await fetch(`http://${address}/readyz`, { signal }).catch(() => undefined);
  return response?.status === 200;
}
