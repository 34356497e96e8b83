import { status as Code } from '@grpc/grpc-js';
import { RetryInfo } from '../../../src/gen/google/rpc/error_details';
import { Status } from '../../../src/gen/google/rpc/status';
import { LoginRequest, RegisterRequest, ValidateRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { TestClock } from '../../support/domain/clock';
import { type Answer, callRaw, NO_LIMITS, SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const LOGIN = LoginRequest.encode({ username: 'ada', password: 'x', deviceName: '' }).finish();
const REGISTER = RegisterRequest.encode({ email: 'a@example.com', username: 'ada', password: 'x' }).finish();
const VALIDATE = ValidateRequest.encode({ accessToken: 'x', allowAnonymous: false, fresh: false }).finish();

let stub: StubServer;
let logins: number;
const clock = new TestClock();
afterEach(() => stub.stop());

async function start(limits: Partial<typeof NO_LIMITS>, onRegister = (): void => undefined): Promise<void> {
  logins = 0;
  stub = await startStub({
    clock,
    limits: { ...NO_LIMITS, ...limits },
    auth: {
      validate: () => ({ principal: undefined }),
      register: async () => {
        onRegister();
        return { user: undefined };
      },
      login: async () => {
        logins += 1;
        return { tokens: undefined, user: undefined };
      },
    },
  });
}

const login = (bytes: Uint8Array = LOGIN, metadata: Record<string, string> = {}) =>
  callRaw(stub.client, `${SERVICE}/Login`, bytes, { metadata });

function retryAfterMs({ error }: Answer): number {
  const [bytes] = error?.metadata.get('grpc-status-details-bin') ?? [];
  const any = Status.decode(bytes as Buffer).details.find(({ typeUrl }) => typeUrl.endsWith('RetryInfo'));
  const { seconds = 0, nanos = 0 } = RetryInfo.decode(any?.value ?? Buffer.alloc(0)).retryDelay ?? {};
  return seconds * 1_000 + nanos / 1e6;
}

test('Login past its rate limit is refused with RetryInfo before its handler runs, and succeeds after that wait [B7]', async () => {
  await start({ loginPerMinute: 3 });
  for (let i = 0; i < 3; i += 1) expect((await login()).error).toBeNull();
  const refused = await login();
  expect(refused.error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, details: 'Too many requests' });
  expect(logins).toBe(3);
  expect(retryAfterMs(refused)).toBeGreaterThan(0);
  // What clients with a retry policy obey (gRFC A6).
  expect(refused.error?.metadata.get('grpc-retry-pushback-ms')).toEqual([String(Math.ceil(retryAfterMs(refused)))]);
  clock.advance(retryAfterMs(refused));
  expect((await login()).error).toBeNull();
});

test('The rate limit is applied before the message is read [B7]', async () => {
  await start({ loginPerMinute: 1 });
  await login();
  expect((await login(Buffer.from([0x0a, 0x7f]))).error?.code).toBe(Code.RESOURCE_EXHAUSTED);
});

test('A rate-limited Login is a security event, sampled per source, and the log names TRUSTED_PROXIES once [F4]', async () => {
  await start({ loginPerMinute: 1 });
  for (let i = 0; i < 20; i += 1) await login();
  expect(stub.recorded).toMatchObject([
    { type: 'login.rate_limited', reason: 'too_many_calls', ipAddress: '127.0.0.1', userId: '' },
  ]);
  expect(stub.lines.filter((line) => String(line.msg).includes('TRUSTED_PROXIES'))).toHaveLength(1);
  clock.advance(10_000);
  await login();
  expect(stub.recorded).toHaveLength(2);
});

test('Register past its own rate limit is refused before its handler runs, and Login is not [B8]', async () => {
  let registrations = 0;
  await start({ registerPerMinute: 2 }, () => {
    registrations += 1;
  });
  const register = () => callRaw(stub.client, `${SERVICE}/Register`, REGISTER);
  expect([(await register()).error, (await register()).error]).toEqual([null, null]);
  const refused = await register();
  expect(refused.error?.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(registrations).toBe(2);
  expect((await login()).error).toBeNull();
  clock.advance(retryAfterMs(refused));
  expect((await register()).error).toBeNull();
});

test('ChangePassword and RequestEmailChange share a limit as that of Login, and leave it whole: each is a hash that logins wait for [B8]', async () => {
  await start({ loginPerMinute: 2 });
  const change = (method: string) => callRaw(stub.client, `${SERVICE}/${method}`, Buffer.alloc(0));
  const outcomes = [];
  for (const method of ['ChangePassword', 'RequestEmailChange', 'ChangePassword', 'RequestEmailChange']) {
    outcomes.push((await change(method)).error?.code);
  }
  const { INTERNAL: handled, RESOURCE_EXHAUSTED } = Code;
  expect(outcomes).toEqual([handled, handled, RESOURCE_EXHAUSTED, RESOURCE_EXHAUSTED]);
  expect((await login()).error).toBeNull();
});

test.each([
  'RequestPasswordReset',
  'RequestEmailVerification',
])('%s has a limit as that of Register: each call is a mail that waits in the store [B8]', async (method) => {
  await start({ registerPerMinute: 1 });
  const ask = async () => (await callRaw(stub.client, `${SERVICE}/${method}`, Buffer.alloc(0))).error?.code;
  expect([await ask(), await ask()]).toEqual([Code.INTERNAL, Code.RESOURCE_EXHAUSTED]);
});

test('The rate limit of Login does not apply to Validate', async () => {
  await start({ loginPerMinute: 1 });
  await login();
  await login();
  expect((await callRaw(stub.client, `${SERVICE}/Validate`, VALIDATE)).error).toBeNull();
});

test('Callers behind a trusted proxy have rate limits of their own [B6]', async () => {
  await start({ loginPerMinute: 1, trustedProxies: ['127.0.0.1'] });
  const from = (address: string) => login(LOGIN, { 'x-forwarded-for': address });
  expect((await from('198.51.100.1')).error).toBeNull();
  expect((await from('198.51.100.1')).error?.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect((await from('198.51.100.2')).error).toBeNull();
});

test('A forged x-forwarded-for does not escape the rate limit [B6]', async () => {
  await start({ loginPerMinute: 1 });
  await login(LOGIN, { 'x-forwarded-for': '198.51.100.1' });
  const second = await login(LOGIN, { 'x-forwarded-for': '198.51.100.2' });
  expect(second.error?.code).toBe(Code.RESOURCE_EXHAUSTED);
});

test('RATE_LIMIT_PER_SECOND counts every RPC and health checks, with its burst', async () => {
  await start({ perSecond: 1, burst: 3 });
  const codes: (number | undefined)[] = [];
  for (let i = 0; i < 4; i += 1) codes.push((await callRaw(stub.client, `${SERVICE}/Validate`, VALIDATE)).error?.code);
  expect(codes).toEqual([undefined, undefined, undefined, Code.RESOURCE_EXHAUSTED]);
  const health = await callRaw(stub.client, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
  expect(health.error?.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(retryAfterMs(health)).toBeGreaterThan(0);
});
