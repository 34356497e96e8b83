import { status as Status } from '@grpc/grpc-js';
import { eventually } from '../support/domain/eventually';
import { readKeyId, TokenLoad } from '../support/load/replica-token-load';
import { makeAdmin } from '../support/load/replicas';
import { ReplicaInProcess, type Settings } from '../support/load/replicas-in-process';
import { testDatabaseUrl } from '../support/mongo/mongo';

jest.setTimeout(120_000);

const OLD = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';
const NEW = 'Zt5nBq8wLx2vKj7rHf4mPd9sGc3yTa6u';

let replicas: [ReplicaInProcess, ReplicaInProcess];
let load: TokenLoad;
let admin: string;

const begin = async (algorithm: string) => {
  const url = testDatabaseUrl();
  await makeAdmin(url, 'root');
  const settings = { DATABASE_URL: url, JWT_ALGORITHM: algorithm };
  const start = () => ReplicaInProcess.start(settings, { SECRET_KEY: OLD });
  replicas = [await start(), await start()];
  const [a, b] = replicas;
  expect((await a.client.register('loaded')).text).toBe('OK');
  admin = (await a.client.login('root')).accessToken;
  load = new TokenLoad([a.client, b.client]);
  await load.start('loaded', 6);
};

afterEach(async () => {
  await load.stop();
  await Promise.all(replicas.map((replica) => replica.stop()));
});

const everywhere = async (secrets: Settings) => {
  for (const replica of replicas) {
    await replica.restart(secrets);
    // The next one goes when this one is serving again.
    await eventually('it serves', () => replica.client.isServing());
  }
};

const allHold = (what: string, holds: (accessToken: string) => boolean) =>
  eventually(what, () => load.pairs.every(({ accessToken }) => holds(accessToken)), 20_000);

/** Rotates at one replica; resolves when every client holds a token of the new key. */
const rotateSigningKey = async (replica: ReplicaInProcess): Promise<void> => {
  const { text, response } = await replica.client.rotateSigningKey(admin);
  expect(text).toBe('OK');
  await allHold('the new key signs', (token) => readKeyId(token) === response?.keyId);
};

/** Resolves when every client has refreshed since. */
const allRefreshed = async () => {
  const before = load.pairs.map(({ refreshToken }) => refreshToken);
  await eventually(
    'all users have refreshed',
    () => load.pairs.every((pair) => !before.includes(pair.refreshToken)),
    20_000,
  );
};

const judge = async () => {
  const { validated, refreshed } = load;
  await eventually(
    'the load went on',
    () => load.validated > validated + 50 && load.refreshed > refreshed + 10,
    20_000,
  );
  await load.stop();
  expect(load.refused).toEqual([]);
  for (const { client } of replicas) {
    for (const { accessToken } of load.pairs) expect((await client.validate(accessToken)).code).toBe(Status.OK);
  }
  for (const { refreshToken } of load.pairs) {
    expect((await replicas[1].client.refresh(refreshToken)).code).toBe(Status.OK);
  }
};

test('RotateSigningKey and a rolling restart under load refuse no valid token and lose no session [C9]', async () => {
  await begin('ES256');
  const [a, b] = replicas;
  const early = load.pairs.map(({ accessToken }) => accessToken);
  await rotateSigningKey(a);
  await everywhere({ SECRET_KEY: OLD });
  await rotateSigningKey(b);
  for (const { client } of replicas) {
    for (const token of early) expect((await client.validate(token)).code).toBe(Status.OK);
  }
  await judge();
});

test.each([
  'HS256',
  'ES256',
])('The documented rotation of SECRET_KEY under load, with %s, refuses no token and loses no session [C9]', async (algorithm) => {
  await begin(algorithm);
  await everywhere({ SECRET_KEY: OLD, SECRET_KEY_PREVIOUS: NEW });
  await everywhere({ SECRET_KEY: NEW, SECRET_KEY_PREVIOUS: OLD });
  if (algorithm === 'ES256') await rotateSigningKey(replicas[0]);
  await allRefreshed();
  await everywhere({ SECRET_KEY: NEW });
  await judge();
});
