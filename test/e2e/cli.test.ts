import { runPostern, workingDirectory } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';
const ROOT = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin', '--new-store'];

let directory: Awaited<ReturnType<typeof workingDirectory>>;
beforeAll(async () => {
  directory = await workingDirectory();
  const made = await runPostern(ROOT, directory.path, {}, PASSWORD);
  expect(made).toMatchObject({ code: 0 });
}, 90_000);
afterAll(() => directory.remove());

test('the last active admin stays one', async () => {
  for (const args of [
    ['disable', 'root'],
    ['delete', 'root'],
    ['set-roles', 'root', 'user'],
  ]) {
    const { code, stderr } = await runPostern(['users', ...args], directory.path);
    expect([args, code, stderr]).toEqual([
      args,
      1,
      expect.stringMatching(/^Store: .*\nThe last active admin cannot be changed\n$/),
    ]);
  }
  const { stdout } = await runPostern(['users', 'list', '--json'], directory.path);
  expect(JSON.parse(stdout).users).toEqual([expect.objectContaining({ active: true, roles: ['admin'] })]);
});

test.each([' root ', '\troot', 'ROOT\u00a0', ' root@example.com '])('a command finds the user %j', async (name) => {
  const { code, stdout } = await runPostern(['users', 'show', name, '--json'], directory.path);
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { user: { username: 'root' } }]);
});

test('keys are listed and rotated without a service, under the secret they were made with only', async () => {
  const es256 = { JWT_ALGORITHM: 'ES256', SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' };
  const none = await runPostern(['keys', 'list'], directory.path, es256);
  expect(none.stdout).toMatch(/^No keys yet/);
  const made = [];
  for (const _ of [1, 2]) {
    const { stdout } = await runPostern(['keys', 'rotate', '--json'], directory.path, es256);
    made.push(JSON.parse(stdout).keyId);
  }
  const { stdout } = await runPostern(['keys', 'list', '--json'], directory.path, es256);
  expect(stdout).not.toMatch(/private|"d":/i);
  expect(JSON.parse(stdout)).toMatchObject({
    algorithm: 'ES256',
    keys: [
      { keyId: made[0], state: 'signing' },
      { keyId: made[1], state: 'next' },
    ],
  });
  const other = { ...es256, SECRET_KEY: 'another-one-9tXw4bNc8sLf1hJd6gYp3aUe' };
  const refused = await runPostern(['keys', 'rotate'], directory.path, other);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/do not open under this SECRET_KEY/);
  const { stdout: events } = await runPostern(['audit', '--type', 'key.rotated', '--json'], directory.path);
  expect(JSON.parse(events).events).toEqual([
    expect.objectContaining({ actorId: 'cli', reason: 'requested' }),
    expect.objectContaining({ actorId: 'cli' }),
  ]);
});

test('under HS256 keys rotate says that SECRET_KEY is the key, and makes none', async () => {
  const fresh = await workingDirectory();
  const { code, stderr } = await runPostern(['keys', 'rotate'], fresh.path);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/SECRET_KEY/)]);
  const doctor = await runPostern(['doctor'], fresh.path);
  expect(doctor.stdout).toMatch(/^ok +store +Nothing in .* yet/m);
  await fresh.remove();
});

test.each([
  [['users', 'show'], /USER is missing; see: postern users show --help/],
  [
    ['users', 'list', 'a-word'],
    /^Word 1 after "postern users list" is one too many: the command takes options only; see: postern users list --help/,
  ],
  [
    ['users', 'show', 'root', 'a-word'],
    /^Word 2 after "postern users show" is one too many: the command takes USER and options; see/,
  ],
  [['users', 'frobnicate'], /no command/],
  [['sessions', 'revoke'], /Give a session or --user/],
  [['sessions', 'revoke', 'x', '--user', 'root'], /Give a session or --user/],
  [['users', 'list', '--limit', 'many'], /--limit must be a number/],
  [['users', 'list', '--limit', '1001'], /--limit must be a number from 1 to 1000/],
  [['users', 'list', '--limit', '0'], /--limit must be a number from 1 to 1000/],
  [['keys', 'rotate', '--lead', '31d'], /--lead must be at most 30d/],
  [['usres', 'list'], /no command of this name; did you mean: postern users list;/],
  [['audt'], /did you mean: postern audit;/],
  [['userz'], /did you mean: postern users;/],
  [['sesions', 'end'], /did you mean: postern sessions;/],
  [['users', 'list', '--jsn'], /^Unknown option '--jsn'; did you mean: --json; see: postern users list --help/],
  [['audit', '--since', '2026-02-30'], /--since must be like 2h/],
  [['audit', '--since', '2026-04-31T00:00:00Z'], /--since must be like 2h/],
  [['audit', '--since', '2026-02-02', '--until', '2026-02-01'], /--since must be before --until/],
  [['audit', '--since', '2026-02-02', '--until', '2026-02-02'], /--since must be before --until/],
  [['audit', '--type', 'user.deleted', '--type', 'user.created'], /--type may be given once/],
  [['audit', '--user', 'root', '--user', 'ada'], /--user may be given once; see: postern audit --help/],
  [['audit', '--since=1h', '--since', '2h'], /--since may be given once/],
  [['users', 'list', '--limit', '1', '--limit', '2'], /--limit may be given once/],
  [['create-admin', '--email', 'a@example.com', '--email', 'b@example.com'], /--email may be given once/],
  [['audit', '--since', 'yesterday'], /--since must be like 2h/],
  [['audit', '--type', 'user.vanished'], /^type: Must be one of: user.registered/m],
  [['audit', '--user', 'nobody'], /User not found; .*a deleted one .*by its id: postern audit --type user\.deleted/],
  [['audit', '--login', ' '], /--login must be a username or an email/],
])('refuses %j and says why', async (args, reason) => {
  const { code, stdout, stderr } = await runPostern(args, directory.path);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(reason);
});

test('--version says the version, as version does', async () => {
  const asked = await runPostern(['--version'], directory.path);
  expect(asked).toMatchObject({ code: 0, stdout: (await runPostern(['version'], directory.path)).stdout });
});

test('a password that does not come on standard input is missed by name', async () => {
  const args = ['create-admin', '--email', 'e@example.com', '--username', 'eve', '--password-stdin'];
  const { code, stderr } = await runPostern(args, directory.path, {}, '');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/Nothing came on standard input/)]);
});

test('a store that no other try would open ends a command with 78, as it ends the service', async () => {
  const env = { DATABASE_URL: 'mongodb://127.0.0.1:1/admin', SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' };
  const { code, stderr } = await runPostern(['users', 'list'], directory.path, env);
  expect([code, stderr]).toEqual([78, expect.stringMatching(/admin/)]);
});

test.each([
  [['users'], /users set-roles/],
  [['sessions', '--help'], /sessions revoke/],
  [['audit', '--help'], /login\.rate_limited/],
  [['users', 'set-roles', '--help'], /USER ROLE\.\.\. \[--json\]/],
  [['migrate'], /no indexes to build/],
  [['migrate', '--json'], /"migrated":true/],
])('%j explains', async (args, text) => {
  const { code, stdout } = await runPostern(args, directory.path);
  expect(code).toBe(0);
  expect(stdout).toMatch(text);
});
