import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, startService } from '../harness/service.mjs';
import { buildClients, CLIENTS, HERE } from './clients.mjs';

const CONFIG = join(HERE, 'service-config.json');
const PASSWORD = 'correct horse battery staple';
const BEFORE_MS = 3_000;
const DOWN_MS = 1_000;
const AFTER_MS = 5_000;
/** With the backoff of a connection this stays below the `timeout` of the service config, 10 s. */
const MAX_RESTART_MS = 5_000;

/** A running client; `end` stops it and resolves with how often it saw each code. */
function startClient(name, args) {
  const [command, ...rest] = CLIENTS[name].command();
  const child = spawn(command, [...rest, ...args], { stdio: ['pipe', 'pipe', 2] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  const closed = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return async () => {
    child.stdin.end();
    await closed;
    return JSON.parse(printed);
  };
}

buildClients();
const directory = await mkdtemp(join(tmpdir(), 'interop-retries-'));
await mkdir(join(directory, 'data'), { mode: 0o700 });
const env = { SECRET_KEY: randomBytes(36).toString('base64') };
let service = await startService(directory, env);
const { grpc, http } = service;
try {
  await call(http, 'Register', { username: 'ada', email: 'ada@example.com', password: PASSWORD });
  const { tokens } = await call(http, 'Login', { username: 'ada', password: PASSWORD });
  const names = Object.keys(CLIENTS);
  const started = names.flatMap((name) => [
    { name, config: true, end: startClient(name, [grpc, tokens.accessToken, CONFIG]) },
    { name, config: false, end: startClient(name, [grpc, tokens.accessToken]) },
  ]);
  await sleep(BEFORE_MS);
  const stoppedAt = Date.now();
  await service.stop();
  await sleep(DOWN_MS);
  service = await startService(directory, { ...env, GRPC_ADDRESS: grpc });
  const downMs = Date.now() - stoppedAt;
  process.stdout.write(`The restart took ${downMs} ms\n`);
  if (downMs > MAX_RESTART_MS)
    throw new Error('The restart took too long for the deadline of the calls: nothing is proved');
  await sleep(AFTER_MS);
  let failed = false;
  for (const { name, config, end } of started) {
    const codes = await end();
    const refused = Object.entries(codes).filter(([code]) => code !== 'OK');
    failed ||= config ? refused.length > 0 : refused.length === 0;
    process.stdout.write(`${name} ${config ? 'with' : 'without'} the service config: ${JSON.stringify(codes)}\n`);
  }
  if (failed) process.stdout.write('Not as expected: with the config every call succeeds, without it some do not\n');
  process.exitCode = failed ? 1 : 0;
} finally {
  await service.stop();
  await rm(directory, { recursive: true, force: true });
}
