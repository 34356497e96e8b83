import { status } from '@grpc/grpc-js';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';

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

const STORE = expect.stringMatching(/^Store: .*\/data\n$/);

const postern = (...args: string[]) => runPostern(args, directory.path);

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await postern(...args, '--json');
  expect([code, stderr]).toEqual([0, STORE]);
  return JSON.parse(stdout);
}

const login = (username: string, password = PASSWORD) =>
  client.call('postern.auth.v1.AuthService/Login', {
    username,
    password,
    deviceName: `the phone of ${username}\u001b[2J`,
  });

async function signedIn(username: string) {
  await client.call('postern.auth.v1.AuthService/Register', {
    email: `${username}@example.com`,
    username,
    password: PASSWORD,
  });
  const { user, tokens } = (await login(username)) as {
    user: { id: string };
    tokens: { accessToken: string; sessionId: string };
  };
  const bearer = { authorization: `Bearer ${tokens.accessToken}` };
  const validate = () => client.call('postern.auth.v1.AuthService/Validate', {}, bearer);
  /** How the token is refused, within the second that the contract gives a change. */
  const refused = async () => {
    let code: unknown;
    const isRefused = () =>
      validate().then(
        () => false,
        (error: { code: number }) => {
          code = error.code;
          return true;
        },
      );
    await eventually('the token is refused', isRefused, 1_000);
    return code;
  };
  return { id: user.id, sessionId: tokens.sessionId, validate, refused };
}

test('a user who is disabled beside the running service is refused within a second, and can be enabled', async () => {
  const ada = await signedIn('ada');
  await ada.validate();
  const disabled = await postern('users', 'disable', 'ADA');
  expect(disabled).toMatchObject({ code: 0, stderr: STORE });
  expect(disabled.stdout).toContain(`Disabled ada (${ada.id})`);
  expect(await ada.refused()).toBe(status.UNAUTHENTICATED);
  await expect(login('ada')).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  expect(await json('users', 'unlock', ada.id)).toMatchObject({ user: { id: ada.id } });
  expect(await json('users', 'enable', 'ada@example.com')).toMatchObject({ user: { id: ada.id, active: true } });
  await login('ada');
  expect(await ada.refused()).toBe(status.UNAUTHENTICATED);
});

test('changed roles are carried by the tokens in use', async () => {
  const bob = await signedIn('bob');
  const { user } = await json('users', 'set-roles', 'bob', 'moderator', 'service');
  expect(user).toMatchObject({ id: bob.id, roles: ['moderator', 'service'] });
  await eventually(
    'the token carries the roles',
    async () => {
      const { principal } = (await bob.validate()) as { principal: { roles: string[] } };
      return principal.roles.join() === 'moderator,service';
    },
    1_000,
  );
  const wrong = await postern('users', 'set-roles', 'bob', 'emperor');
  expect([wrong.code, wrong.stdout]).toEqual([1, '']);
  expect(wrong.stderr).toMatch(/^"emperor" is no role; ROLES has: user, moderator, admin, service\.$/m);
});

test('a user who is locked out by failed logins is unlocked', async () => {
  await signedIn('cem');
  await expect(login('cem', 'not this one')).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  await expect(login('cem')).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  const unlocked = await runPostern(['users', 'unlock', 'cem'], directory.path, { LOGIN_MAX_FAILURES: '1' });
  expect(unlocked.stdout).toMatch(/^Unlocked cem /);
  await login('cem');
});

test('a deleted user is refused and their names are free; an unknown name is an error that says so', async () => {
  const dan = await signedIn('dan');
  expect(await json('users', 'delete', 'dan')).toEqual({});
  expect(await dan.refused()).toBe(status.UNAUTHENTICATED);
  const again = await postern('users', 'delete', 'dan');
  expect([again.code, again.stdout, again.stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/^Store: .*\nUser not found\n$/),
  ]);
  await signedIn('dan');
});

test('sessions are listed without what moves the cursor, and ended one by one or all at once', async () => {
  const eve = await signedIn('eve');
  await login('eve');
  const { sessions } = (await json('sessions', 'list', 'eve')) as { sessions: { id: string }[] };
  expect(sessions).toHaveLength(2);
  expect(sessions[1]).toMatchObject({ id: eve.sessionId, ipAddress: '127.0.0.1' });
  const listed = await postern('sessions', 'list', 'eve');
  expect(listed.stdout).toContain('the phone of eve [2J');
  expect(listed.stdout).not.toContain('\u001b');
  const ended = await postern('sessions', 'revoke', eve.sessionId);
  expect([ended.code, ended.stdout]).toEqual([0, 'Ended 1 session\n']);
  expect(await eve.refused()).toBe(status.UNAUTHENTICATED);
  expect(await postern('sessions', 'revoke', eve.sessionId)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\nSession not found\n$/),
  });
  expect(await json('sessions', 'revoke', '--user', 'eve')).toEqual({ revokedCount: 1 });
  expect((await postern('sessions', 'list', 'eve')).stdout).toBe('No live sessions\n');
});

test('users are listed in pages, by the beginning of a name, and shown one by one', async () => {
  for (const name of ['zoe1', 'zoe2', 'zoe3']) await signedIn(name);
  const first = (await json('users', 'list', '--query', 'ZOE', '--limit', '2')) as {
    users: { username: string }[];
    nextPageToken: string;
  };
  expect(first.users.map(({ username }) => username)).toEqual(['zoe1', 'zoe2']);
  const more = await postern('users', 'list', '--query', 'zoe', '--limit', '2', '--page-token', first.nextPageToken);
  const [heading, row, ...rest] = more.stdout.split('\n');
  expect(heading).toMatch(/^ID +USERNAME +EMAIL +ACTIVE +ROLES +CREATED$/);
  expect(row).toMatch(/zoe3 +zoe3@example.com +yes +user +\d{4}-/);
  expect([rest, more.stderr]).toEqual([[''], STORE]);
  const shown = await postern('users', 'show', 'zoe1');
  expect(shown.stdout).toMatch(/^username +zoe1$/m);
  expect(shown.stdout).toMatch(/^live sessions +1$/m);
});

test('the audit trail names the command line as the one who did it', async () => {
  const fay = await signedIn('fay');
  await postern('users', 'disable', 'fay');
  const { events } = (await json('audit', '--user', 'fay', '--since', '1h')) as { events: { type: string }[] };
  const byTool = events.filter(({ type }) => ['user.disabled', 'session.ended'].includes(type));
  expect(byTool).toHaveLength(2);
  for (const event of byTool) expect(event).toMatchObject({ actorId: 'cli', userId: fay.id });
  const one = await postern('audit', '--user', fay.id, '--type', 'user.disabled');
  expect(one.stdout).toMatch(
    /^TIME +LAST +COUNT +TYPE +USERNAME +USER +ACTOR .*\n\S+ +- +1 +user\.disabled +fay +\S+ +cli +-/,
  );
  expect((await postern('audit', '--user', 'fay', '--until', '1h')).stdout).toBe('No events\n');
});

test('the audit trail has the name of the admin who did it beside the id, and finds a deleted user by id', async () => {
  const [ivy, gus] = [await signedIn('ivy'), await signedIn('gus')];
  await postern('users', 'set-roles', 'ivy', 'user', 'admin');
  const { tokens } = (await login('ivy')) as { tokens: { accessToken: string } };
  const bearer = { authorization: `Bearer ${tokens.accessToken}` };
  await client.call('postern.auth.v1.AdminService/SetUserActive', { userId: gus.id, active: false }, bearer);
  // The service writes its events a moment after the answer.
  const byAdmin = new RegExp(` user\\.disabled +gus +${gus.id} +ivy ${ivy.id} +127`);
  await eventually('the audit trail names the admin', async () =>
    byAdmin.test((await postern('audit', '--user', 'gus', '--type', 'user.disabled')).stdout),
  );
  await postern('users', 'delete', 'gus');
  expect((await postern('audit', '--user', 'gus')).stderr).toMatch(/found by its id/);
  expect((await postern('audit', '--user', gus.id, '--type', 'user.deleted')).stdout).toMatch(/ user\.deleted +gus +/);
});

test('audit --login finds the tries with a name that no account has, counted, and no other [F4]', async () => {
  for (const name of ['Ghost', 'ghost', 'spectre']) await login(name, 'a wrong password').catch(() => {});
  let events: Record<string, unknown>[] = [];
  await eventually('both events are written', async () => {
    ({ events } = (await json('audit', '--login', 'GHOST')) as { events: typeof events });
    return events.length > 1;
  });
  expect(events).toMatchObject([
    { type: 'login.rate_limited', count: 1, userId: '', username: '' },
    { type: 'login.failed', count: 1, reason: 'unknown_user' },
  ]);
  expect(JSON.stringify(events).toLowerCase()).not.toContain('ghost');
  expect((await postern('audit', '--login', 'phantom')).stdout).toBe('No events\n');
  const both = await postern('audit', '--login', 'ghost', '--user', 'ghost');
  expect([both.code, both.stderr]).toEqual([1, expect.stringContaining('--user and --login exclude each other')]);
});

describe('a user who is locked out', () => {
  const env = { LOGIN_MAX_FAILURES: '1' };
  const run = (...args: string[]) => runPostern(args, directory.path, env);

  test('is shown with the addresses of the failures and an end, listed, and unlocked once', async () => {
    await signedIn('locked-lena');
    await signedIn('free-fred');
    await expect(login('locked-lena', 'a wrong long sentence')).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(login('locked-lena')).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    await eventually('the refusal is in the audit trail', async () =>
      /^locked out +for one source until 20.*Z \(failed logins from 127\.0\.0\.1\)$/m.test(
        (await run('users', 'show', 'locked-lena')).stdout,
      ),
    );
    const { lockout } = JSON.parse((await run('users', 'show', 'locked-lena', '--json')).stdout);
    expect(lockout).toEqual({ sourcesUntil: [expect.any(String)], addresses: ['127.0.0.1'] });
    expect((await run('users', 'show', 'free-fred')).stdout).toMatch(/^locked out +no$/m);
    const listed = JSON.parse((await run('users', 'list', '--locked', '--json')).stdout);
    expect(listed.users.map(({ username }: { username: string }) => username)).toEqual(['locked-lena']);
    expect((await run('users', 'unlock', 'locked-lena')).stdout).toMatch(/^Unlocked locked-lena \(/);
    expect((await run('users', 'unlock', 'locked-lena')).stdout).toMatch(
      /was not locked by LOGIN_MAX_FAILURES=1; failed logins are forgotten/,
    );
    expect((await run('users', 'list', '--locked')).stdout).toBe('No users\n');
    await login('locked-lena');
  });
});

describe('users create and users list --role', () => {
  test('makes a user with roles, who can log in, and lists those who have one', async () => {
    const args = ['users', 'create', '--email', 'molly@example.com', '--username', 'molly', '--role', 'moderator'];
    const made = await runPostern([...args, '--role', 'user', '--password-stdin'], directory.path, {}, PASSWORD);
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Made molly \(\S+\) with: moderator, user\n$/),
    });
    await login('molly');
    const { users, nextPageToken } = await json('users', 'list', '--role', 'moderator');
    const names = (users as { username: string }[]).map(({ username }) => username);
    expect([names, nextPageToken]).toEqual([['bob', 'molly'], '']);
    const first = await json('users', 'list', '--role', 'user', '--limit', '1');
    const second = await json(
      'users',
      'list',
      '--role',
      'user',
      '--limit',
      '1',
      '--page-token',
      `${first.nextPageToken}`,
    );
    expect(second.users).not.toEqual(first.users);
  });

  test.each([
    [
      ['users', 'set-roles', 'molly', 'moderator,user'],
      /^"moderator,user" is no role; ROLES has: .* Separate roles by/m,
    ],
    [
      ['users', 'create', '--email', 'x@example.com', '--username', 'x', '--role', 'king'],
      /^"king" is no role; ROLES/m,
    ],
    [['users', 'list', '--role', 'king'], /^"king" is no role; ROLES has: /m],
    [['service-accounts', 'create', 'bot', '--role', 'king'], /^"king" is no role; ROLES has: /m],
    [['users', 'create', '--username', 'x'], /^Give --email and --username; see: postern users create --help/m],
  ])('%j is refused and says why', async (args, said) => {
    expect(await postern(...args)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(said) });
  });
});
