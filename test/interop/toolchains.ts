import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = join(homedir(), '.cache', 'postern', 'interop');

/** What a client did: which user it saw, and how its bad token was refused. */
export interface Outcome {
  readonly case: string;
  readonly username: string;
  readonly refused: string;
}

/** A client library of another toolchain, installed once from its registry and pinned. */
export interface Client {
  readonly name: string;
  /** The program that must be there; in CI it is. */
  readonly program: string;
  /** Runs the client against the service. */
  readonly ask: (base: string, accessToken: string) => Promise<Outcome[]>;
}

const DESCRIPTORS = join('proto', 'descriptors.binpb');
const NPM_PACKAGES = ['@connectrpc/connect', '@connectrpc/connect-node', '@connectrpc/connect-web'].map(
  (name) => `${name}@2.1.2`,
);
const PYTHON_PACKAGES = ['connectrpc==0.13.0', 'protobuf==6.33.1'];

/** The directory of a client that is installed at its first use. */
export async function installed(
  name: string,
  made: string,
  install: (directory: string) => Promise<unknown>,
): Promise<string> {
  const directory = join(CACHE, name);
  if (!existsSync(join(directory, made))) {
    await mkdir(directory, { recursive: true });
    await install(directory);
  }
  return directory;
}

function outcomes({ stdout }: { stdout: string }): Outcome[] {
  const lines = stdout.trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const CLIENTS: readonly Client[] = [
  {
    name: 'connect-node and connect-web',
    program: 'npm',
    async ask(base, accessToken) {
      const made = 'node_modules/@connectrpc/connect-web/package.json';
      const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix'];
      const directory = await installed('connect-node-2.1.2', made, (prefix) =>
        run('npm', ['install', ...options, prefix, ...NPM_PACKAGES, '@bufbuild/protobuf@2.17.0']),
      );
      const script = join('test', 'interop', 'connect-node.mjs');
      return outcomes(await run(process.execPath, [script, base, accessToken, DESCRIPTORS, directory]));
    },
  },
  {
    name: 'connectrpc for Python',
    program: 'python3',
    async ask(base, accessToken) {
      const directory = await installed('connectrpc-0.13.0', 'installed', async (into) => {
        await run('python3', ['-m', 'venv', into]);
        await run(join(into, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...PYTHON_PACKAGES]);
        await run('touch', [join(into, 'installed')]);
      });
      const script = join('test', 'interop', 'connect_python.py');
      return outcomes(await run(join(directory, 'bin', 'python'), [script, base, accessToken, DESCRIPTORS]));
    },
  },
  {
    name: 'connect-go',
    program: 'go',
    async ask(base, accessToken) {
      const options = { cwd: join('test', 'interop', 'connect-go') };
      return outcomes(await run('go', ['run', '-mod=readonly', '.', base, accessToken], options));
    },
  },
];

/**
 * The clients whose toolchain is here; where one is missing the run says so, but not in CI, where each must be there.
 */
export const INSTALLED_CLIENTS: readonly Client[] = CLIENTS.filter(({ name, program }) => {
  if (process.env.CI === 'true' || spawnSync(program, [program === 'go' ? 'version' : '--version']).status === 0)
    return true;
  process.stdout.write(`Not run with ${name}: there is no ${program}\n`);
  return false;
});
