import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareLanguage } from '../harness/languages.mjs';
import { call, ROOT, startService } from '../harness/service.mjs';
import { startVerifiers } from './verifiers.mjs';

// --lead: given to `keys rotate`. --watch: how long the verifiers are asked that refuse the new key at first.
const { values } = parseArgs({ options: { lead: { type: 'string' }, watch: { type: 'string', default: '30' } } });
const watchMs = Number(values.watch) * 1000;
const CHECK_EVERY_MS = 3_000;
const PASSWORD = 'correct horse battery staple';
const MAX_WAIT_MS = 60 * 60_000;

const directory = await mkdtemp(join(tmpdir(), 'interop-rotation-'));
await mkdir(join(directory, 'data'), { mode: 0o700 });
const env = {
  SECRET_KEY: randomBytes(36).toString('base64'),
  JWT_ALGORITHM: 'ES256',
  DATABASE_URL: `file:${join(directory, 'data')}`,
  ACCESS_TOKEN_EXPIRE_MINUTES: '60',
};

const kidIn = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid;
const login = async ({ http }) =>
  (await call(http, 'Login', { username: 'ada', password: PASSWORD })).tokens.accessToken;

function rotate() {
  const lead = values.lead === undefined ? [] : ['--lead', values.lead];
  const args = [join(ROOT, 'bin', 'postern.js'), 'keys', 'rotate', ...lead];
  execFileSync(process.execPath, args, { cwd: directory, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
}

/** A token of the new key, as soon as it signs. */
async function loginByNewKey(service, old) {
  const startedAt = Date.now();
  while (Date.now() - startedAt < MAX_WAIT_MS) {
    const token = await login(service);
    if (kidIn(token) !== kidIn(old)) return token;
    await sleep(1_000);
  }
  throw new Error('The new key does not sign');
}

/** A token as of a key that nobody has, such as anybody can send. */
function foreignToken(token) {
  const [, ...rest] = token.split('.');
  return [Buffer.from('{"alg":"ES256","typ":"at+jwt","kid":"nobody"}').toString('base64url'), ...rest].join('.');
}

/** How long a verifier refuses the token, in ms; undefined: for longer than it was asked. */
async function refusedFor(verifier, token) {
  const startedAt = Date.now();
  for (;;) {
    if (await verifier.check(token)) return Date.now() - startedAt < CHECK_EVERY_MS ? 0 : Date.now() - startedAt;
    if (Date.now() - startedAt > watchMs) return undefined;
    await sleep(CHECK_EVERY_MS);
  }
}

prepareLanguage('go');
const service = await startService(directory, env);
let verifiers = [];
try {
  await call(service.http, 'Register', { username: 'ada', email: 'ada@example.com', password: PASSWORD });
  const old = await login(service);
  const jwksUrl = `${service.http}/.well-known/jwks.json`;
  const job = { algorithm: 'ES256', issuer: 'postern', audience: 'postern', base: service.http, jwksUrl };
  verifiers = await startVerifiers(job, directory);
  for (const { name, use, check } of verifiers) {
    if (!(await check(old))) throw new Error(`${name}, ${use}: refuses the first token`);
    if (await check(foreignToken(old))) throw new Error(`${name}, ${use}: accepts the token of a foreign key`);
  }
  rotate();
  const rotatedAt = Date.now();
  const token = await loginByNewKey(service, old);
  process.stdout.write(`The new key signs ${Math.round((Date.now() - rotatedAt) / 1000)} s after keys rotate\n`);
  const seen = await Promise.all(verifiers.map((verifier) => refusedFor(verifier, token)));
  for (const [at, { name, use, check }] of verifiers.entries()) {
    const ms = seen[at];
    const text = ms === undefined ? `for more than ${values.watch} s` : `for ${Math.round(ms / 1000)} s`;
    process.stdout.write(`${name}, ${use}: refuses it ${text}\n`);
    if (!(await check(old))) throw new Error(`${name}, ${use}: refuses a token of the key before`);
    if (use === 'configured' && ms !== 0) process.exitCode = 1;
  }
} finally {
  for (const { stop } of verifiers) await stop();
  await service.stop();
  await rm(directory, { recursive: true, force: true });
}
