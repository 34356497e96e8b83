import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';
const OTHER = 'another unusually long sentence';
/** Settings of mail, as the service and the command line have them; nothing listens there. */
const MAIL = {
  MAIL: 'webhook',
  MAIL_WEBHOOK_URL: 'http://127.0.0.1:9/',
  MAIL_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  RESET_URL: 'https://app.example.com/reset#{token}',
  VERIFY_URL: 'https://app.example.com/verify#{token}',
};

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let client: ReflectionClient;
beforeAll(async () => {
  directory = await workingDirectory();
  service = await startService(directory.path, { LOGIN_MAX_FAILURES: '1' });
  client = reflectionClient(service.grpcAddress);
}, 90_000);
afterAll(async () => {
  client.close();
  await service.stop();
  await directory.remove();
});

interface Given {
  readonly input?: string;
  readonly env?: Record<string, string>;
}

const postern = (args: string[], { input = '', env = {} }: Given = {}) => runPostern(args, directory.path, env, input);

const call = (method: string, request: Record<string, string>) =>
  client.call(`postern.auth.v1.AuthService/${method}`, request);
const login = (username: string, password = PASSWORD) =>
  call('Login', { username, password, deviceName: '' }) as unknown as Promise<{
    user: { id: string; email: string; emailVerified: boolean };
    tokens: { refreshToken: string };
  }>;

async function signedIn(username: string) {
  await call('Register', { email: `${username}@example.com`, username, password: PASSWORD });
  return login(username);
}

test('users set-password sets it, ends sessions, forgets failures and is audited', async () => {
  const { user, tokens } = await signedIn('ada');
  await expect(login('ada', 'wrong')).rejects.toMatchObject({ code: 16 });
  const { code, stdout } = await postern(['users', 'set-password', 'ada@example.com', '--password-stdin'], {
    input: `${OTHER}\n`,
  });
  expect([code, stdout]).toEqual([0, `Set the password of ada (${user.id}); all sessions have ended\n`]);
  await expect(call('Refresh', { refreshToken: tokens.refreshToken })).rejects.toMatchObject({ code: 16 });
  await expect(login('ada')).rejects.toMatchObject({ code: 16 });
  const cleared = await postern(['users', 'set-password', user.id, '--password-stdin', '--json'], { input: OTHER });
  expect(JSON.parse(cleared.stdout)).toMatchObject({ user: { id: user.id, username: 'ada' } });
  expect((await login('ada', OTHER)).user.id).toBe(user.id);
  const audit = await postern(['audit', '--user', 'ada', '--type', 'password.changed', '--json']);
  const events = (JSON.parse(audit.stdout) as { events: object[] }).events;
  expect(events).toMatchObject([{ actorId: 'cli' }, { actorId: 'cli' }]);
});

test('users set-password applies the policy, and wants one way of saying the password', async () => {
  await signedIn('bob');
  const short = await postern(['users', 'set-password', 'bob', '--password-stdin'], { input: 'short' });
  expect([short.code, short.stderr]).toEqual([1, expect.stringContaining('new_password: Must have at least 8')]);
  const both = await postern(['users', 'set-password', 'bob', '--password-stdin', '--send-reset']);
  expect([both.code, both.stderr]).toEqual([1, expect.stringContaining('not both')]);
  const none = await postern(['users', 'set-password', 'bob'], { input: '' });
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('--password-stdin')]);
  await login('bob');
});

test('users set-password --send-reset ends sessions and leaves the password; without mail it is refused', async () => {
  const { user, tokens } = await signedIn('eve');
  const without = await postern(['users', 'set-password', 'eve', '--send-reset']);
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('Mail is not configured here: set MAIL')]);
  const sent = await postern(['users', 'set-password', 'eve', '--send-reset'], { env: MAIL });
  expect([sent.code, sent.stdout]).toEqual([0, `A mail is on its way to eve (${user.id}); all sessions have ended\n`]);
  await expect(call('Refresh', { refreshToken: tokens.refreshToken })).rejects.toMatchObject({ code: 16 });
  await login('eve');
});

test('users set-email sets the address, verified or not, and says what is taken', async () => {
  const { user } = await signedIn('grace');
  const set = (...args: string[]) => postern(['users', 'set-email', 'grace', ...args]);
  const first = await set('grace@example.org');
  expect([first.code, first.stdout]).toEqual([0, `grace (${user.id}) now has grace@example.org (not verified)\n`]);
  const { code, stdout } = await set('grace@example.org', '--verified', '--json');
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { user: { email: 'grace@example.org', emailVerified: true } }]);
  expect((await login('grace@example.org')).user.emailVerified).toBe(true);
  const taken = await set('ADA@example.com');
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('Email already registered')]);
  const bad = await set('no address');
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining('email: Must be an email address')]);
});

test('create-admin says how to vouch for the address where it must be verified', async () => {
  const names = ['--email', 'root@example.com', '--username', 'root'];
  const env = { REQUIRE_VERIFIED_EMAIL: 'on' };
  const { stdout } = await postern(['create-admin', ...names, '--password-stdin'], { input: PASSWORD, env });
  const [, ...command] = /run: postern (\S+) (\S+) (\S+) (\S+) (\S+)\n$/.exec(stdout) ?? [];
  expect((await postern(command)).code).toBe(0);
  expect((await login('root')).user).toMatchObject({ email: 'root@example.com', emailVerified: true });
});
