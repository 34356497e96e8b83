import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { call, startService } from '../harness/service.mjs';
import { buildClients, CLIENTS } from './clients.mjs';

const SERVICE = 'postern.auth.v1.AuthService';
const LOGIN = `/${SERVICE}/Login`;
const CREDENTIALS = { username: 'ada', password: 'correct horse battery staple' };
const LOGINS_PER_MINUTE = 6;
/** What a source that has met its limit waits at most. */
const INTERVAL_SECONDS = 60 / LOGINS_PER_MINUTE;
/** A client takes some of that time to start. */
const LEAST_SECONDS = 0.9 * INTERVAL_SECONDS;
/** What a client without pushback would wait between its attempts. */
const BACKOFF = { maxAttempts: 4, initialBackoff: '0.05s', maxBackoff: '0.1s', backoffMultiplier: 1 };
/** Longer than all backoffs together, shorter than any pushback of this run. */
const BACKOFFS_MS = 1_000;

const policy = (retryableStatusCodes) => ({ retryPolicy: { ...BACKOFF, retryableStatusCodes } });
/** Each service config, and what the clients do. */
const CASES = {
  'the policy names the code': {
    config: { timeout: '30s', ...policy(['RESOURCE_EXHAUSTED']) },
    isExpected: ({ code, ms, refused }) => code === 'OK' && refused === 1 && ms > BACKOFFS_MS,
  },
  'the policy names another code': {
    config: { timeout: '30s', ...policy(['UNAVAILABLE']) },
    // grpc-java repeats what carries a pushback, whatever code the policy names.
    isExpected: ({ code, ms, refused }, name) =>
      refused === 1 && (name === 'grpc-java' ? code === 'OK' && ms > BACKOFFS_MS : code === 'RESOURCE_EXHAUSTED'),
  },
  'the deadline comes before the end of the wait': {
    config: { timeout: '2s', ...policy(['RESOURCE_EXHAUSTED']) },
    isExpected: ({ code, refused }) => code === 'DEADLINE_EXCEEDED' && refused === 1,
  },
};

/** `LoginRequest` on the wire. */
function encodeLogin({ username, password }) {
  const field = (number, text) => [(number << 3) | 2, Buffer.byteLength(text), ...Buffer.from(text)];
  return Buffer.from([...field(1, username), ...field(2, password)]).toString('base64');
}

/** The name of a code in capitals: grpc-go writes ResourceExhausted. */
const constant = (code) => (/[a-z]/.test(code) ? code.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() : code);

async function countRefused(base) {
  const text = await (await fetch(`${base}/metrics`)).text();
  const series = `postern_call_duration_seconds_count{method="${LOGIN}",status="RESOURCE_EXHAUSTED"}`;
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(series))
      ?.slice(series.length) ?? 0,
  );
}

/** Logs in without a message until the limit is met and almost the whole wait lies ahead. */
async function meetLimit(base) {
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  for (let n = 0; n < 3 * LOGINS_PER_MINUTE; n += 1) {
    const response = await fetch(`${base}${LOGIN}`, request);
    const text = await response.text();
    if (response.status !== 429) continue;
    const [, wait] = /"retryDelay":"([0-9.]+)s"/.exec(text) ?? [];
    const seconds = Number(wait ?? response.headers.get('retry-after'));
    if (seconds > LEAST_SECONDS) return;
    await sleep(seconds * 1000);
  }
  throw new Error('The limit was not met');
}

async function callOnce(name, { grpc, http }, config) {
  await meetLimit(http);
  const before = await countRefused(http);
  const [command, ...args] = CLIENTS[name].command();
  const { stdout } = await promisify(execFile)(command, [
    ...args,
    ...['once', grpc, LOGIN, encodeLogin(CREDENTIALS), config],
  ]);
  const { code, ms } = JSON.parse(stdout);
  return { code: constant(code), ms, refused: (await countRefused(http)) - before };
}

buildClients();
const directory = await mkdtemp(join(tmpdir(), 'interop-pushback-'));
await mkdir(join(directory, 'data'), { mode: 0o700 });
const service = await startService(directory, {
  SECRET_KEY: randomBytes(36).toString('base64'),
  LOGIN_LIMIT_PER_MINUTE: String(LOGINS_PER_MINUTE),
});
try {
  await call(service.http, 'Register', { ...CREDENTIALS, email: 'ada@example.com' });
  for (const [title, { config, isExpected }] of Object.entries(CASES)) {
    const file = join(directory, 'service-config.json');
    await writeFile(
      file,
      JSON.stringify({ methodConfig: [{ name: [{ service: SERVICE, method: 'Login' }], ...config }] }),
    );
    for (const name of Object.keys(CLIENTS)) {
      const answer = await callOnce(name, service, file);
      const verdict = isExpected(answer, name) ? '' : ' (not as docs/retries.md says)';
      if (verdict !== '') process.exitCode = 1;
      process.stdout.write(
        `${name}, ${title}: ${answer.code} after ${answer.ms} ms, refused ${answer.refused} times${verdict}\n`,
      );
    }
  }
} finally {
  await service.stop();
  await rm(directory, { recursive: true, force: true });
}
