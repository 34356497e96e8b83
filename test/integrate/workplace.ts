import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { installed } from '../interop/toolchains';
import { type Service, startService, workingDirectory } from '../support/processes/service-process';
import { blockNamed, filesIn } from './page';

const ROOT = resolve(__dirname, '..', '..');
const ADMIN_PASSWORD = 'plum-cabinet-orbit-91';

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What a reader of docs/integrate.md has: the service, a clone called `../postern`, and a folder for a service of their
 * own. Blocks run as they stand, but for the addresses, since tests run beside each other.
 */
export class Workplace {
  private readonly children: ChildProcess[] = [];
  /** What the shell of the reader knows. */
  readonly variables: Record<string, string> = {};

  private constructor(
    private readonly directory: Awaited<ReturnType<typeof workingDirectory>>,
    private readonly env: Record<string, string>,
    readonly service: Service,
    readonly port: number,
  ) {}

  /** Does what the page says under "Start Postern". */
  static async open(env: Record<string, string> = {}, port?: number): Promise<Workplace> {
    const directory = await workingDirectory();
    const stored = { JWT_ALGORITHM: 'ES256', DATABASE_URL: `file:${join(directory.path, 'data')}`, ...env };
    const service = await startService(directory.path, stored);
    const workplace = new Workplace(directory, stored, service, port ?? (await findFreePort()));
    symlinkSync(ROOT, join(directory.path, 'postern'));
    mkdirSync(workplace.folder);
    await workplace.sh('setup', ROOT);
    return workplace;
  }

  /** The folder of the reader's service, beside the clone. */
  get folder(): string {
    return join(this.directory.path, 'shop');
  }

  get base(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Runs a block of commands, keeps the variables that it sets, and fails when a command does. */
  async sh(name: string, cwd = this.folder): Promise<Output> {
    return this.run(blockNamed(name).replace(/(create-admin .*)$/m, '$1 --password-stdin'), cwd);
  }

  async run(commands: string, cwd = this.folder): Promise<Output> {
    const names = join(this.directory.path, 'variables');
    const script = `set -ae\n${this.addressed(commands)}\nenv -0 > '${names}'`;
    const child = this.spawn(script, cwd);
    child.stdin?.end(ADMIN_PASSWORD);
    const texts = Promise.all([text(child.stdout as NodeJS.ReadableStream), text(child.stderr as never)]);
    const [code] = (await once(child, 'close')) as [number | null];
    const [stdout, stderr] = await texts;
    if (code !== 0) throw new Error(`exit code ${code}: ${commands}\n${stdout}\n${stderr}`);
    for (const entry of readFileSync(names, 'utf8').split('\0')) {
      const [, variable = '', value = ''] =
        /^(POSTERN_API_KEY|TOKENS|ACCESS_TOKEN|REFRESH_TOKEN)=(.*)$/s.exec(entry) ?? [];
      if (variable !== '') this.variables[variable] = value;
    }
    return { code, stdout, stderr };
  }

  /** Writes the files of a service of the page. */
  write(service: string): void {
    for (const file of filesIn(service)) {
      writeFileSync(join(this.folder, file), this.addressed(blockNamed(`${service}/${file}`)));
    }
  }

  /** Puts `protoc` on the PATH where there is none: grpcio-tools has it. */
  async provideProtoc(): Promise<void> {
    if (spawnSync('protoc', ['--version']).status === 0) return;
    const directory = await installed('grpcio-tools-1.76.0', 'installed', async (into) => {
      await this.run(
        `python3 -m venv ${into} && ${into}/bin/pip install -q grpcio-tools==1.76.0 && touch ${into}/installed`,
      );
    });
    const script = `#!/bin/sh\nexec ${join(directory, 'bin', 'python')} -m grpc_tools.protoc "$@"\n`;
    const bin = join(this.directory.path, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'protoc'), script, { mode: 0o755 });
  }

  /** Starts what a `run` block starts, and waits until it listens. */
  async start(name: string): Promise<void> {
    const child = this.spawn(this.addressed(blockNamed(name)), this.folder);
    const said = Promise.all([text(child.stdout as NodeJS.ReadableStream), text(child.stderr as never)]);
    const until = Date.now() + 120_000;
    while (!(await listens(this.port))) {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${(await said).join('\n')}`);
      if (Date.now() > until) throw new Error(`${name} does not listen on port ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The page's addresses are those of the service and the port that this test has. */
  addressed(source: string): string {
    return this.withKeys(source)
      .replaceAll('localhost:50051', this.service.grpcAddress)
      .replaceAll('localhost:8080', this.service.httpAddress)
      .replaceAll('localhost:3000', `127.0.0.1:${this.port}`)
      .replaceAll(/\b3000\b/g, String(this.port));
  }

  /** The clients take port 8080 for that of the published keys unless they are told another one. */
  private withKeys(source: string): string {
    const url = `http://${this.service.httpAddress}/.well-known/jwks.json`;
    return source
      .replace(/connect\(\{ address: 'localhost:50051'/, `$&, jwksUrl: '${url}'`)
      .replace(/ = Client\("localhost:50051"/, `$&, jwks_url="${url}"`)
      .replace(/postern\.Dial\(.*?"localhost:50051"/, `$&, postern.WithKeysURL("${url}")`);
  }

  async close(): Promise<void> {
    for (const { pid, exitCode } of this.children) {
      if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
    }
    await this.service.stop();
    await this.directory.remove();
  }

  private spawn(script: string, cwd: string): ChildProcess {
    const { PATH, HOME, CI, GOFLAGS = '', GOMODCACHE = join(HOME ?? '', 'go', 'pkg', 'mod') } = process.env;
    const go = { GOFLAGS: `${GOFLAGS} -buildvcs=false`, GOPATH: join(this.directory.path, 'go'), GOMODCACHE };
    const python = { PIP_CONSTRAINT: this.constraints(), PIP_DISABLE_PIP_VERSION_CHECK: '1' };
    const npm = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_ignore_scripts: 'true' };
    const bin = `${join(this.directory.path, 'bin')}:${PATH}`;
    const env = { ...this.env, ...go, ...python, HOME, CI, ...this.variables, PATH: bin };
    // A group of its own, since `go run` leaves its program running when it is ended.
    const child = spawn('sh', ['-c', script], { cwd, env: { ...env, ...npm }, detached: true });
    this.children.push(child);
    return child;
  }

  /** A registry that has something newer tomorrow changes no test. */
  private constraints(): string {
    const pinned = readFileSync(join(ROOT, 'clients', 'python', 'requirements-test.txt'), 'utf8').replaceAll(
      /\[.*?\]/g,
      '',
    );
    const path = join(this.directory.path, 'constraints.txt');
    writeFileSync(path, `${pinned}grpcio-status==1.76.0\ngrpcio-tools==1.76.0\n`);
    return path;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function listens(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/hello`).then(
    () => true,
    () => false,
  );
}
