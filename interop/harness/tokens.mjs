import { createPublicKey, randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { call, startService } from './service.mjs';

const PASSWORD = 'correct horse battery staple';
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'past-clock.mjs')).href;
const MINUTE_MS = 60_000;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The access token of a login at a service on `directory`, which is stopped again. */
async function loginAt(directory, env) {
  const service = await startService(directory, env);
  try {
    return await login(service.http);
  } finally {
    await service.stop();
  }
}

async function login(base) {
  const { tokens } = await call(base, 'Login', { username: 'ada', password: PASSWORD });
  return tokens.accessToken;
}

/** The access token with `roles` raised to admin under the signature of the real one. */
function tamper(token) {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const raised = Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url');
  return `${header}.${raised}.${signature}`;
}

/** Makes the token of a service with a store copied from `directory`, so that it signs with the same key. */
async function loginAtCopy(directory, env) {
  const copy = await mkdtemp(join(tmpdir(), 'interop-copy-'));
  try {
    await cp(join(directory, 'data'), join(copy, 'data'), { recursive: true });
    return await loginAt(copy, env);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/**
 * A running service and what a verifier is told of it. `refreshExpired` makes a token that expired 5 s ago. Settings
 * are those of the service besides the algorithm; JWT_ISSUER=URL stands for its own address.
 */
export async function startIssuer(algorithm, settings) {
  const directory = await mkdtemp(join(tmpdir(), 'interop-'));
  await mkdir(join(directory, 'data'), { mode: 0o700 });
  const port = await freePort();
  const issuer = settings.JWT_ISSUER === 'URL' ? `http://127.0.0.1:${port}` : 'postern';
  const secret = randomBytes(36).toString('base64');
  const env = { JWT_ALGORITHM: algorithm, SECRET_KEY: secret, ...settings, JWT_ISSUER: issuer };
  const at = { ...env, HTTP_ADDRESS: `127.0.0.1:${port}` };
  const past = (behindMs, minutes) => ({
    ...env,
    NODE_OPTIONS: `--import=${PRELOAD}`,
    CLOCK_BEHIND_MS: String(behindMs),
    ACCESS_TOKEN_EXPIRE_MINUTES: String(minutes),
  });
  // The first start is in the past, so that the signing key is old enough for every token.
  const first = await startService(directory, past(60 * MINUTE_MS, 1));
  await call(first.http, 'Register', { username: 'ada', email: 'ada@example.com', password: PASSWORD });
  await first.stop();
  const tokens = {
    audience: await loginAtCopy(directory, { ...env, JWT_AUDIENCE: 'elsewhere' }),
    issuer: await loginAtCopy(directory, { ...env, JWT_ISSUER: 'https://elsewhere.example' }),
    expired: await loginAtCopy(directory, past(30 * MINUTE_MS, 1)),
    'expired 10 min': await loginAtCopy(directory, past(11 * MINUTE_MS, 1)),
    foreign: await foreignToken(env),
  };
  const service = await startService(directory, at);
  tokens.valid = await login(service.http);
  tokens.tampered = tamper(tokens.valid);
  const jwksUrl = `${service.http}/.well-known/jwks.json`;
  const jwks = await (await fetch(jwksUrl)).json();
  const [key] = jwks.keys;
  const pem =
    key === undefined ? '' : createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  const job = { algorithm, issuer, audience: 'postern', secret, base: service.http, jwksUrl, jwks, pem, tokens };
  return {
    job,
    refreshExpired: async () => {
      tokens['expired 20 s'] = await loginAtCopy(directory, past(80_000, 1));
    },
    stop: async () => {
      await service.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function foreignToken(env) {
  const directory = await mkdtemp(join(tmpdir(), 'interop-foreign-'));
  await mkdir(join(directory, 'data'), { mode: 0o700 });
  const service = await startService(directory, { ...env, SECRET_KEY: randomBytes(36).toString('base64') });
  try {
    await call(service.http, 'Register', { username: 'ada', email: 'ada@example.com', password: PASSWORD });
    return await login(service.http);
  } finally {
    await service.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
