import { type AppCalls, appCalls, refusal } from '../../support/grpc/app-calls';
import { testDatabaseUrl } from '../../support/mongo/mongo';
import { type StartedApp, startApp } from '../../support/processes/start-app';

let replicas: StartedApp[];
let both: AppCalls[];
let adminToken: string;
beforeAll(async () => {
  const DATABASE_URL = testDatabaseUrl();
  const env = { DATABASE_URL, ARGON2_MEMORY_KIB: '8', ARGON2_TIME: '1' };
  replicas = [await startApp(env), await startApp(env)];
  both = replicas.map(appCalls);
  adminToken = await (both[0] as AppCalls).adminToken();
}, 60_000);
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
});

const a = () => both[0] as AppCalls;
const onBoth = (i: number) => both[i % 2] as AppCalls;

async function createToken(userId: string, purpose: 1 | 2): Promise<string> {
  const made = await a().admin('createAccountToken', { userId, purpose }, adminToken);
  return (made as unknown as { token: string }).token;
}

test('Of 32 racing resets with one token over two replicas one wins [I2]', async () => {
  for (let round = 0; round < 3; round += 1) {
    const { user, account } = await a().newUser();
    const token = await createToken(user.id, 1);
    const passwords = Array.from({ length: 32 }, (_, i) => `cobalt-meadow-anchor-${round}-${i}`);
    const answers = await Promise.all(
      passwords.map((newPassword, i) => refusal(onBoth(i).auth('resetPassword', { token, newPassword }))),
    );
    expect(answers.filter(([code]) => code === 'OK')).toHaveLength(1);
    const losers = answers.filter(([code]) => code !== 'OK');
    expect(losers).toEqual(Array.from({ length: 31 }, () => ['UNAUTHENTICATED', 'INVALID_ACCOUNT_TOKEN']));
    const password = passwords[answers.findIndex(([code]) => code === 'OK')];
    await onBoth(round).auth('login', { username: account.username, password, deviceName: '' });
  }
}, 60_000);

test('Of 32 racing verifications with one token over two replicas one wins [I2]', async () => {
  const { user } = await a().newUser();
  const token = await createToken(user.id, 2);
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, i) => refusal(onBoth(i).auth('verifyEmail', { token }))),
  );
  expect(answers.filter(([code]) => code === 'OK')).toHaveLength(1);
  expect(answers.filter(([, reason]) => reason === 'INVALID_ACCOUNT_TOKEN')).toHaveLength(31);
});

test('A reset on one replica ends the session on the other within a second', async () => {
  const { user, tokens } = await a().newUser();
  const b = both[1] as AppCalls;
  await b.auth('validate', { accessToken: tokens.accessToken });
  await a().auth('resetPassword', { token: await createToken(user.id, 1), newPassword: 'cobalt-meadow-anchor-9' });
  const doneAt = performance.now();
  for (;;) {
    const [, reason] = await refusal(b.auth('validate', { accessToken: tokens.accessToken }));
    if (reason === 'TOKEN_REVOKED') break;
    expect(performance.now() - doneAt).toBeLessThan(1_000);
  }
});
