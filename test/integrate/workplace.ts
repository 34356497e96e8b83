import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { addressByName } from '../support/clients/address-by-name';
import { eventually } from '../support/domain/eventually';
import { run, type Service, whenReady, workingDirectory } from '../support/processes/service-process';
import { blockNamed, filesIn } from './page';
import { findFreePort, listens } from './ports';
import { readerEnvironment } from './reader-environment';

const ROOT = resolve(__dirname, '..', '..');
export const ADMIN_PASSWORD = 'plum-cabinet-orbit-91';
/** What the shell of the reader keeps from one block to the next. */
const KEPT = /^(POSTERN_API_KEY|TOKENS|ACCESS_TOKEN|REFRESH_TOKEN)=(.*)$/s;

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

type Rewrite = (text: string) => string;
type Env = Readonly<Record<string, string>>;

/**
 * What a reader of docs/integrate.md has: Postern, a clone called `../postern`, and a folder for a service of their
 * own. Blocks run as they stand, but for the addresses, since tests run beside each other.
 */
export class Workplace {
  private readonly children: ChildProcess[] = [];
  readonly variables: Record<string, string> = {};
  private postern: Service | undefined;

  private constructor(
    private readonly directory: Awaited<ReturnType<typeof workingDirectory>>,
    readonly port: number,
    /** For Postern and whatever the reader starts. */
    readonly env: Record<string, string>,
  ) {}

  /** Does what the page says under "Start Postern". */
  static async open(env: Env = {}): Promise<Workplace> {
    const directory = await workingDirectory();
    const stored = { DATABASE_URL: `file:${join(directory.path, 'data')}`, ...env };
    const workplace = new Workplace(directory, await findFreePort(), stored);
    symlinkSync(ROOT, join(directory.path, 'postern'));
    try {
      await workplace.startPostern('start');
      await workplace.sh('setup', ROOT);
      await workplace.sh('folder', ROOT);
      return workplace;
    } catch (error) {
      await workplace.close();
      throw error;
    }
  }

  /** The folder of the reader's service, beside the clone. */
  get folder(): string {
    return this.path('shop');
  }

  path(name: string): string {
    return join(this.directory.path, name);
  }

  get base(): string {
    return `http://localhost:${this.port}`;
  }

  get service(): Service {
    if (this.postern === undefined) throw new Error('Postern does not run');
    return this.postern;
  }

  /** Starts Postern by a block of the page, on the data that there is. */
  async startPostern(block: string, env: Env = {}, rewrite: Rewrite = (text) => text): Promise<void> {
    const addresses = { GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0', LOG_FORMAT: 'json' };
    // In place of the shell, so that a signal reaches npm.
    const command = `exec env ${rewrite(blockNamed(block))}`;
    const started = run('sh', ['-c', command], ROOT, { ...addresses, ...this.env, ...env });
    try {
      this.postern = await whenReady(started, 180_000);
    } catch (error) {
      started.child.kill();
      const { stdout, stderr } = await started.ended;
      throw new Error(`${block}: ${error}\n${stdout}\n${stderr}`);
    }
  }

  async stopPostern(): Promise<void> {
    await this.postern?.stop();
    this.postern = undefined;
  }

  /** Runs a block of commands, keeps the variables that it sets, and fails when a command does. */
  async sh(name: string, cwd = this.folder): Promise<Output> {
    return this.run(blockNamed(name).replace(/(create-admin .*)$/m, '$1 --password-stdin'), cwd);
  }

  async run(commands: string, cwd = this.folder): Promise<Output> {
    const names = this.path('variables');
    const child = this.spawn(`set -ae\n${this.addressed(commands)}\nenv -0 > '${names}'`, cwd);
    // Most commands end without reading it.
    child.stdin?.on('error', () => {}).end(ADMIN_PASSWORD);
    const [stdout, stderr, [code]] = await Promise.all([...readOutput(child), once(child, 'close')]);
    if (code !== 0) throw new Error(`exit code ${code}: ${commands}\n${stdout}\n${stderr}`);
    for (const entry of readFileSync(names, 'utf8').split('\0')) {
      const [, variable, value = ''] = KEPT.exec(entry) ?? [];
      if (variable !== undefined) this.variables[variable] = value;
    }
    return { stdout, stderr };
  }

  /** Writes the files of a service of the page. */
  write(service: string, rewrite: Rewrite = (text) => text): void {
    for (const file of filesIn(service)) this.writeFile(file, rewrite(blockNamed(`${service}/${file}`)));
  }

  writeFile(file: string, text: string): void {
    mkdirSync(join(this.folder, file, '..'), { recursive: true });
    writeFileSync(join(this.folder, file), this.addressed(text));
  }

  /** Starts what a `run` block starts, and waits until it listens. */
  async start(name: string, env: Env = {}): Promise<ChildProcess> {
    const child = this.spawn(this.addressed(blockNamed(name)), this.folder, env);
    const said = Promise.all(readOutput(child));
    const until = Date.now() + 180_000;
    while (!(await listens(this.port))) {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${(await said).join('\n')}`);
      if (Date.now() > until) throw new Error(`${name} does not listen on port ${this.port}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return child;
  }

  /** Ends a program that was started, and what it has started itself: `go run` would leave its program running. */
  async end(child: ChildProcess): Promise<void> {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close');
      process.kill(-child.pid, 'SIGKILL');
      await closed;
    }
    await eventually(`port ${this.port} is free`, async () => !(await listens(this.port)));
  }

  /** The page's addresses are those of the service and the port that this test has. */
  addressed(source: string): string {
    const { grpcAddress, httpAddress } = this.service;
    return this.withKeys(source)
      .replaceAll('localhost:50051', addressByName(grpcAddress))
      .replaceAll('localhost:8080', httpAddress)
      .replaceAll('../shop', this.folder)
      .replaceAll(/\b3000\b/g, String(this.port));
  }

  /** The clients take port 8080 for that of the published keys unless they are configured with another one. */
  private withKeys(source: string): string {
    const url = `http://${this.service.httpAddress}/.well-known/jwks.json`;
    return source
      .replace(/\baddress: 'localhost:50051'/, `$&, jwksUrl: '${url}'`)
      .replace(/\bClient\("localhost:50051"/, `$&, jwks_url="${url}"`)
      .replace(/postern\.Dial\(.*?"localhost:50051"/, `$&, postern.WithKeysURL("${url}")`);
  }

  async close(): Promise<void> {
    for (const child of this.children) {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid, 'SIGKILL');
      }
    }
    await this.stopPostern();
    await this.directory.remove();
  }

  /** A group of its own, so that whatever it starts can be ended with it. */
  spawn(script: string, cwd = this.folder, more: Env = {}): ChildProcess {
    const env = { ...this.env, ...readerEnvironment(this.directory.path), ...this.variables, ...more };
    const child = spawn('sh', ['-c', script], { cwd, env, detached: true });
    this.children.push(child);
    return child;
  }
}

function readOutput(child: ChildProcess): [Promise<string>, Promise<string>] {
  return [text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream)];
}
