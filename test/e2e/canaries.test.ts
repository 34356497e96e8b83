import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { createApiKeyTexts } from '../../src/crypto/api-keys/api-key-texts';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { runPostern, startService, workingDirectory } from '../support/processes/service-process';

const AUTH = 'postern.auth.v1.AuthService';
const SECRETS = {
  SECRET_KEY: 'canary1-Gq7ZpT3nWv9XsK2mYb5LcR8dHf',
  SECRET_KEY_PREVIOUS: 'canary2-Tz4MhJ6kPw1QvN8xBs3DgF7aLc',
};
const PASSWORD = 'canary3 Wx5 Rj2 Kq9 password';
const NEW_PASSWORD = 'canary4 Bn7 Ty3 Mz6 password';
const WRONG = 'canary5 Hd8 Vc4 wrong password';
const STRAY = 'canary6-Pf3Zs9Lw2Qk7';

/** Everything that must never be found again; grows as tokens are handed out. */
const canaries = new Set([...Object.values(SECRETS), PASSWORD, NEW_PASSWORD, WRONG, STRAY, 'canary']);

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

function keep({ tokens }: Record<string, unknown>): Tokens {
  const { accessToken, refreshToken } = tokens as Tokens;
  canaries.add(accessToken).add(accessToken.split('.').at(-1) ?? '');
  canaries.add(refreshToken).add(refreshToken.split('.').at(-1) ?? '');
  return { accessToken, refreshToken };
}

/** Keeps the text of a key, its secret, and the secret without the checksum. */
function keepKey({ apiKey }: Record<string, unknown>): string {
  const text = String(apiKey);
  canaries.add(text).add(text.slice(28)).add(text.slice(28, 71));
  return text;
}

let directory: Awaited<ReturnType<typeof workingDirectory>>;

afterEach(() => directory.remove());

test.each(['json', 'pretty'])('No password, token or key is printed or stored, log format %s [F2]', async (format) => {
  directory = await workingDirectory();
  const env = { ...SECRETS, LOG_LEVEL: 'trace', LOG_FORMAT: format };
  const service = await startService(directory.path, env);
  const client = reflectionClient(service.grpcAddress);
  await useEverything(client);
  const ownCli = await useKeys(client, directory.path, env);
  const args = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin'];
  const cli = [await runPostern(args, directory.path, env, WRONG), await runPostern(args, directory.path, env, WRONG)];
  client.close();
  const { stdout, stderr } = await service.stop();
  const printed = [stdout, stderr, ...cli.map((ended) => ended.stdout + ended.stderr), ...ownCli].join('\n');

  expect(printed).toContain('login.succeeded');
  expect(printed).toContain('login.failed');
  expect(printed).toContain('api_key.refused');
  const data = join(directory.path, 'data');
  const stored = readdirSync(data).map((name) => readFileSync(join(data, name)));
  expect(stored.length).toBeGreaterThan(0);
  for (const canary of canaries) {
    expect(printed).not.toContain(canary);
    expect(stored.some((content) => content.includes(canary))).toBe(false);
  }
}, 90_000);

async function useEverything(client: ReflectionClient): Promise<void> {
  const call = (method: string, request: object, headers?: Record<string, string>) =>
    client.call(`${AUTH}/${method}`, request as Record<string, unknown>, headers);
  const refused = async (method: string, request: object, headers?: Record<string, string>) => {
    const error = await call(method, request, headers).then(
      () => undefined,
      (thrown: Error & { code: number }) => thrown,
    );
    expect(error?.code).not.toBe(status.INTERNAL);
    for (const canary of canaries) expect(`${error?.message}`).not.toContain(canary);
  };
  const ada = { email: 'ada@example.com', username: 'ada' };
  await call('Register', { ...ada, password: PASSWORD });
  await refused('Register', { ...ada, password: PASSWORD });
  await refused('Register', { email: STRAY, username: `${STRAY}\u001b[31m`, password: `${WRONG}\0` });
  await refused('Login', { username: 'ada', password: WRONG });
  await refused('Login', { username: 'ada', password: WRONG.repeat(20) });
  await refused('Login', { username: 'nobody', password: WRONG });
  const first = keep(await call('Login', { username: 'ada', password: PASSWORD, deviceName: 'laptop' }));
  const second = keep(await call('Refresh', first));
  const third = keep(await call('Refresh', second));
  const bearer = { authorization: `Bearer ${third.accessToken}` };
  await call('Validate', {}, bearer);
  await call('ListSessions', {}, bearer);
  await refused('CheckRole', { accessToken: third.accessToken, roles: ['admin'] });
  await refused('ChangePassword', { currentPassword: WRONG, newPassword: NEW_PASSWORD }, bearer);
  await call('ChangePassword', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }, bearer);
  await refused('Validate', { accessToken: third.refreshToken });
  await refused('Validate', {}, { authorization: `Bearer ${STRAY}`, 'x-request-id': 'stray', 'user-agent': 'x' });
  await refused('Refresh', { refreshToken: STRAY });
  await refused('Refresh', { refreshToken: `${third.refreshToken}x` });
  await refused('Refresh', first);
  await refused('Refresh', third);
  await call('Logout', { refreshToken: STRAY });
}

/**
 * API keys, good and bad, in every place where one can be sent. Brings what the command line said beside the keys: also
 * where a whole key was typed, be it revoked by that, unknown, or mistyped.
 */
async function useKeys(
  client: ReflectionClient,
  path: string,
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const call = (method: string, request: object, headers?: Record<string, string>) =>
    client.call(`${AUTH}/${method}`, request as Record<string, unknown>, headers);
  const refused = async (method: string, request: object, headers?: Record<string, string>) => {
    const error = await call(method, request, headers).then(
      () => undefined,
      (thrown: Error & { code: number }) => thrown,
    );
    expect(error).toBeDefined();
    for (const canary of canaries) expect(`${error?.message}`).not.toContain(canary);
  };
  const made = await runPostern(['api-keys', 'create', 'ada', '--name', 'ci', '--json'], path, env);
  const first = JSON.parse(made.stdout);
  const apiKey = keepKey(first);
  const rotated = await runPostern(['api-keys', 'rotate', first.key.id, '--overlap', '1h'], path, env);
  const successor = keepKey({ apiKey: rotated.stdout.trimEnd() });
  const bearer = { authorization: `Bearer ${successor}` };
  const { tokens } = await call('Login', { username: 'ada', password: NEW_PASSWORD });
  const session = { authorization: `Bearer ${(tokens as Tokens).accessToken}` };
  const own = await call('CreateMyApiKey', { name: 'own', roles: [], allowedCidrs: ['192.0.2.0/24'] }, session);
  const elsewhere = keepKey(own);
  await call('Validate', {}, bearer);
  await call('Validate', { accessToken: apiKey });
  await call('BatchValidate', { accessTokens: [apiKey, `${apiKey}x`] });
  await call('ListMyApiKeys', {}, bearer);
  const { accessToken } = await call('ExchangeApiKey', { apiKey: successor });
  canaries.add(String(accessToken));
  await refused('CheckRole', { accessToken: apiKey, roles: ['admin'] });
  await refused('ChangePassword', { currentPassword: NEW_PASSWORD, newPassword: PASSWORD }, bearer);
  await refused('Validate', { accessToken: elsewhere });
  await refused('Validate', {}, { authorization: `Bearer ${apiKey.slice(0, -1)}!` });
  await refused('Refresh', { refreshToken: apiKey });
  await refused('Login', { username: apiKey, password: successor });
  await refused('RevokeMyApiKey', { keyId: successor }, bearer);
  await call('RevokeMyApiKey', { keyId: (own.key as { id: string }).id }, bearer);
  await refused('Validate', { accessToken: elsewhere });
  const listed = await runPostern(['api-keys', 'list', 'ada'], path, env);
  const revoke = (text: string) => runPostern(['api-keys', 'revoke', text], path, env);
  const nobodys = keepKey({ apiKey: createApiKeyTexts().mint(randomUUID()).text });
  const refusals = [await revoke(nobodys), await revoke(`${successor.slice(0, -1)}!`)];
  const revoked = await revoke(successor);
  const isRefused = () =>
    call('Validate', {}, bearer).then(
      () => false,
      () => true,
    );
  await eventually('the revoked key is refused', isRefused);
  await refused('Validate', {}, bearer);
  expect([listed, ...refusals, revoked].map(({ code }) => code)).toEqual([0, 1, 1, 0]);
  for (const { stderr } of refusals) expect(stderr).not.toBe('');
  const said = [listed, ...refusals, revoked].map(({ stdout, stderr }) => stdout + stderr);
  return [made.stderr, rotated.stderr, ...said];
}
