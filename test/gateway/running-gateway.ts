import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from '../support/domain/eventually';
import { envoyBinary } from './envoy-binary';

/** The ports that the example configurations name, and what stands for them in a test. */
export interface Ports {
  readonly edge: number;
  readonly application: number;
  readonly grpc: number;
  readonly http: number;
}

export interface RunningGateway {
  stop(): Promise<void>;
}

export interface GatewayKind {
  readonly name: string;
  /** What clients get when Postern cannot be reached. */
  readonly withoutPostern: number;
  /** `/verify`, not ext_authz. */
  readonly asksByHttp: boolean;
  /** @param without lines that are left out of the example */
  start(ports: Ports, without?: RegExp): Promise<RunningGateway>;
}

const KINDS: readonly (GatewayKind & { readonly program?: string })[] = [
  {
    name: 'Envoy',
    withoutPostern: 503,
    asksByHttp: false,
    start: (ports, without) =>
      startExample('envoy', 'envoy.yaml', { ports, without }, async (file) => [
        await envoyBinary(),
        ['-c', file, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'],
      ]),
  },
  {
    name: 'nginx',
    program: 'nginx',
    withoutPostern: 500,
    asksByHttp: true,
    start: (ports, without) =>
      startExample('nginx', 'nginx.conf', { ports, without }, async (file, directory) => [
        'nginx',
        ['-p', directory, '-e', 'stderr', '-c', file, '-g', `daemon off; pid ${directory}/nginx.pid;`],
      ]),
  },
  {
    name: 'Caddy',
    program: 'caddy',
    withoutPostern: 502,
    asksByHttp: true,
    start: (ports, without) =>
      startExample('caddy', 'Caddyfile', { ports, without }, async (file) => [
        'caddy',
        ['run', '--adapter', 'caddyfile', '--config', file],
      ]),
  },
];

/**
 * The real servers with the configurations of `examples`. Envoy is fetched by the test; nginx and Caddy come from the
 * system, and where that has none the run says so. In CI they must be there.
 */
export const GATEWAYS: readonly GatewayKind[] = KINDS.filter(({ name, program }) => {
  if (program === undefined || process.env.CI === 'true' || isInstalled(program)) return true;
  process.stdout.write(
    `Not run behind ${name}, which is not installed; on Debian: apt-get install -y nginx-light caddy\n`,
  );
  return false;
});

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}

type Command = (file: string, directory: string) => Promise<[command: string, args: string[]]>;

interface Adapted {
  readonly ports: Ports;
  readonly without: RegExp | undefined;
}

async function startExample(
  example: string,
  name: string,
  { ports, without }: Adapted,
  command: Command,
): Promise<RunningGateway> {
  const directory = await mkdtemp(join(tmpdir(), `postern-${example}-`));
  await cp(join('examples', example), directory, { recursive: true });
  const file = join(directory, name);
  await writeFile(file, rendered(await readFile(file, 'utf8'), ports, directory));
  if (without !== undefined) await leaveOut(without, directory);
  const [program, args] = await command(file, directory);
  const env = { ...process.env, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let failure: Error | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  child.on('error', (cause) => {
    failure = new Error(`Cannot run ${program}; on Debian: apt-get install -y nginx-light caddy`, { cause });
  });
  const ended = once(child, 'close');
  const isOver = (): boolean => failure !== undefined || child.exitCode !== null;
  await eventually(`${program} listens`, async () => isOver() || (await accepts(ports.edge)), 20_000);
  if (failure !== undefined) throw failure;
  if (child.exitCode !== null) throw new Error(`${program} ended: ${printed}`);
  return {
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(force);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Takes the matches out of every file, and fails when there are none. */
async function leaveOut(without: RegExp, directory: string): Promise<void> {
  let found = false;
  for (const name of await readdir(directory)) {
    const text = await readFile(join(directory, name), 'utf8');
    found ||= without.test(text);
    await writeFile(join(directory, name), text.replace(without, ''));
  }
  if (!found) throw new Error(`The example has no ${without}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The same configuration on free ports of the loopback address, with nothing outside `directory`. */
function rendered(text: string, { edge, application, grpc, http }: Ports, directory: string): string {
  const numbers: Record<string, number> = { '10000': edge, '8081': application, '50051': grpc, '8080': http };
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${directory}/${kind};`)
    .join(' ');
  return text
    .replace(/^http \{/m, `http { access_log off; ${temporary}`)
    .replace('listen 8000', `listen 127.0.0.1:${edge}`)
    .replace(/^:8000 /m, `http://127.0.0.1:${edge} `)
    .replaceAll('0.0.0.0', '127.0.0.1')
    .replace(/\b(10000|8081|50051|8080)\b/g, (number) => String(numbers[number]));
}

/** An application that says which headers reached it, and under `path` and `body` what else. */
export async function startApplication() {
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => response.end(JSON.stringify({ ...request.headers, path: request.url, body })));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
