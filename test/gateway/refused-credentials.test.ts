import { randomUUID } from 'node:crypto';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import type { CredentialFault } from '../../src/auth/tokens/credential-fault';
import { createApiKeyTexts } from '../../src/crypto/api-keys/api-key-texts';
import { type Running, send, startWithHttp } from '../http/http-client';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { ADMIN } from '../support/processes/start-app';
import { makeApiKey } from './make-api-key';

const CHECK = 'envoy.service.auth.v3.Authorization/Check';

let service: Running;
let envoy: ReflectionClient;
let token: string;
let apiKey: string;
let keyId: string;
const texts = createApiKeyTexts();

beforeAll(async () => {
  const env = { EXT_AUTHZ: 'on', REFLECTION: 'on', LOG_SUMMARY_SECONDS: '0' };
  service = await startWithHttp(env);
  envoy = reflectionClient(service.grpcAddress);
  token = (await service.login(ADMIN.username, ADMIN.password)).tokens.accessToken;
  const made = await makeApiKey(service, token);
  apiKey = made.apiKey;
  keyId = made.key.id;
});
afterAll(async () => {
  envoy.close();
  await service.stop();
});

interface Asked {
  readonly authorization?: string;
}

/** What is sent back, all of it as text. */
type Ask = (asked: Asked) => Promise<string>;

const overGrpc: Ask = ({ authorization }) => {
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  return new Promise((resolve, reject) =>
    service.auth.validate({ accessToken: '', allowAnonymous: false, fresh: false }, metadata, (error) => {
      if (error === null) reject(new Error('The credential was accepted'));
      else resolve(describeError(error));
    }),
  );
};

const overJson: Ask = async ({ authorization }) => {
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  const path = '/postern.auth.v1.AuthService/Validate';
  const { status, body } = await send(service.base, 'POST', path, headers, '{}');
  return `${status} ${body}`;
};

const overVerify: Ask = async ({ authorization }) => {
  const headers = authorization === undefined ? {} : { authorization };
  const { status, body, headers: answered } = await send(service.base, 'GET', '/verify', headers);
  return `${status} ${answered['www-authenticate']} ${body}`;
};

const overExtAuthz: Ask = async ({ authorization }) => {
  const headers = authorization === undefined ? [] : [{ key: 'authorization', value: authorization }];
  return JSON.stringify(await envoy.call(CHECK, { attributes: { request: { http: { headers } } } }));
};

function describeError({ code, details, metadata }: ServiceError): string {
  const [bytes] = metadata.get('grpc-status-details-bin');
  return `${code} ${details} ${(bytes as Buffer).toString('latin1')}`;
}

const TRANSPORTS: [name: string, method: string, ask: Ask][] = [
  ['gRPC', '/postern.auth.v1.AuthService/Validate', overGrpc],
  ['JSON', '/postern.auth.v1.AuthService/Validate', overJson],
  ['/verify', '/verify', overVerify],
  ['ext_authz', `/${CHECK}`, overExtAuthz],
];

const ABSENT: [CredentialFault, () => Asked][] = [
  ['no_bearer', () => ({})],
  ['scheme', () => ({ authorization: token })],
  ['scheme', () => ({ authorization: 'Basic YTpi' })],
  ['empty_bearer', () => ({ authorization: 'Bearer' })],
];
const WRONG: [CredentialFault, () => Asked][] = [
  ['malformed', () => ({ authorization: 'Bearer rubbish' })],
  ['bearer_in_token', () => ({ authorization: `Bearer Bearer ${token}` })],
  ['signature', () => ({ authorization: `Bearer ${token.slice(0, -20)}${'A'.repeat(20)}` })],
  ['api_key_shape', () => ({ authorization: 'Bearer pstn_rubbish' })],
  ['api_key_checksum', () => ({ authorization: `Bearer ${apiKey.slice(0, -1)}${apiKey.endsWith('0') ? '1' : '0'}` })],
  ['api_key_unknown', () => ({ authorization: `Bearer ${texts.mint(randomUUID()).text}` })],
  ['api_key_secret', () => ({ authorization: `Bearer ${texts.mint(keyId).text}` })],
];

describe.each(TRANSPORTS)('a credential refused over %s', (_, method, ask) => {
  const findFault = async (asked: Asked): Promise<[answer: string, fault: unknown]> => {
    const before = service.lines().length;
    const answer = await ask(asked);
    const line = service
      .lines()
      .slice(before)
      .find((each) => each.method === method);
    return [answer, line?.fault];
  };

  test.each([...ABSENT, ...WRONG])('is %s in the log line', async (fault, asked) => {
    expect((await findFault(asked()))[1]).toBe(fault);
  });

  test('is answered alike whatever is wrong with it, in words that do not say it', async () => {
    for (const cases of [ABSENT, WRONG]) {
      const answers = await Promise.all(cases.map(([, asked]) => ask(asked())));
      expect(new Set(answers).size).toBe(1);
      for (const [fault] of cases) expect(answers[0]).not.toContain(fault);
    }
    expect(await ask({ authorization: 'Bearer rubbish' })).toContain('INVALID_TOKEN');
  });

  test('leaves nothing of itself in the log', async () => {
    const before = service.text().length;
    await ask({ authorization: `Bearer ${token.slice(0, -20)}${'A'.repeat(20)}` });
    expect(service.text().slice(before)).not.toContain(token.slice(0, 40));
  });
});

describe('several credentials, or one in the wrong header,', () => {
  const faultOfVerify = async (headers: Record<string, string | string[]>): Promise<unknown> => {
    const before = service.lines().length;
    expect((await send(service.base, 'GET', '/verify', headers)).status).toBe(401);
    return service
      .lines()
      .slice(before)
      .find(({ method }) => method === '/verify')?.fault;
  };

  test('are distinguished in the log line of /verify', async () => {
    const bearer = `Bearer ${token}`;
    expect([
      await faultOfVerify({ authorization: [bearer, bearer] }),
      await faultOfVerify({ authorization: bearer, 'x-api-key': apiKey }),
      await faultOfVerify({ 'x-api-key': [apiKey, apiKey] }),
      await faultOfVerify({ 'x-api-key': '' }),
      await faultOfVerify({ 'x-api-key': token }),
    ]).toEqual(['several_credentials', 'several_credentials', 'several_credentials', 'no_api_key', 'api_key_shape']);
  });

  test('are distinguished in the log line of a JSON call', async () => {
    const before = service.lines().length;
    await service.rpc('AuthService/GetCurrentUser', {}, { authorization: [`Bearer ${token}`, `Bearer ${token}`] });
    await service.rpc('AuthService/ExchangeApiKey', { apiKey: '' });
    await service.rpc('AuthService/ExchangeApiKey', { apiKey: token });
    const faults = service
      .lines()
      .slice(before)
      .filter(({ method }) => method !== undefined)
      .map(({ fault }) => fault);
    expect(faults).toEqual(['several_credentials', 'no_api_key', 'api_key_shape']);
  });

  test('of a key used from elsewhere are named by its networks', async () => {
    const made = await makeApiKey(service, token, ['198.51.100.0/24']);
    expect(await faultOfVerify({ 'x-api-key': made.apiKey })).toBe('api_key_network');
  });
});
