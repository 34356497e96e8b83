import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_KEY } from '../secret-key';
import type { BareAnswer } from './bare-http-server';
import { dataCheckEnd } from './data-check';
import { ServerProcess } from './server-process';

/** From the compiled file: .cache/bench/bench/servers. */
export const ROOT = join(__dirname, '../../../..');

/** What `npm start` and the image give to Node; the baseline runs as Node comes. */
export const NODE_FLAGS: readonly string[] = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { config: { node_flags: string } }
).config.node_flags.split(' ');

/** The baseline, answering with a message of `replyBytes`, in one process or by so many workers. */
export function startEcho(replyBytes: number, flags: readonly string[] = [], workers = 1): Promise<ServerProcess> {
  const proto = join(ROOT, 'bench/servers/echo.proto');
  const options = [proto, String(textLength(replyBytes)), String(workers)];
  return ServerProcess.start([...flags, join(__dirname, 'echo-server.js'), ...options]);
}

/** The baseline of the HTTP port. */
export function startBareHttp(answer: BareAnswer, flags: readonly string[] = NODE_FLAGS): Promise<ServerProcess> {
  return ServerProcess.start([...flags, join(__dirname, 'bare-http-server.js'), JSON.stringify(answer)]);
}

/** The baseline of WatchRevocations: its streams get `first` at once and `heartbeat` every second, both framed. */
export function startBareWatch(first: Uint8Array, heartbeat: Uint8Array): Promise<ServerProcess> {
  const messages = [first, heartbeat].map((message) => Buffer.from(message).toString('hex'));
  return ServerProcess.start([...NODE_FLAGS, join(__dirname, 'bare-watch-server.js'), ...messages]);
}

/** Postern with no limit on calls per source, everything else as it comes. */
export async function startPostern(
  env: NodeJS.ProcessEnv,
  flags: readonly string[] = NODE_FLAGS,
): Promise<ServerProcess> {
  const server = await ServerProcess.start([...flags, join(dist(), 'main.js')], {
    SECRET_KEY,
    GRPC_ADDRESS: '127.0.0.1:0',
    HTTP_ADDRESS: 'off',
    LOG_FORMAT: 'json',
    LOGIN_LIMIT_PER_MINUTE: '0',
    REGISTER_LIMIT_PER_MINUTE: '0',
    ...env,
  });
  await dataCheckEnd(server.pid);
  return server;
}

/** Which build is measured: this clone's, or the one that BENCH_DIST names. */
export function dist(): string {
  return process.env.BENCH_DIST ?? join(ROOT, 'dist');
}

/** A message with one string takes two bytes more than the string, three from 128 on. */
function textLength(messageBytes: number): number {
  return messageBytes - (messageBytes > 129 ? 3 : 2);
}
