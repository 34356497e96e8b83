import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/domain/eventually';
import { openWire, type Wire } from '../support/load/replicas-wire';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';
import { type Service, startService, workingDirectory } from '../support/processes/service-process';

jest.setTimeout(120_000);

const PRELOAD = join(__dirname, '..', 'support', 'processes', 'stepped-clock.cjs');
const PASSWORD = 'an unusually long sentence';
const WINDOW_SECONDS = 3;
const SECONDS_PER_LOGIN = 10;
const STALENESS_MS = 2_000;
/** How late a busy machine may see what has happened. */
const SLACK_MS = 1_500;
const STEPS = [-600_000, 600_000];

interface Reply {
  readonly status: number;
  readonly retryAfter: number;
  readonly body: Record<string, unknown>;
}

/** A service whose wall clock the test sets. */
async function startStepped(databaseUrl?: string) {
  const directory = await workingDirectory();
  const file = join(directory.path, 'step');
  const service: Service = await startService(directory.path, {
    NODE_OPTIONS: `--require ${PRELOAD}`,
    CLOCK_STEP_FILE: file,
    LOGIN_MAX_FAILURES: '2',
    LOGIN_WINDOW_SECONDS: String(WINDOW_SECONDS),
    LOGIN_LIMIT_PER_MINUTE: String(60 / SECONDS_PER_LOGIN),
    REVOCATION_STALENESS_SECONDS: String(STALENESS_MS / 1_000),
    TRUSTED_PROXIES: '127.0.0.1/32',
    ...(databaseUrl === undefined
      ? {}
      : { DATABASE_URL: databaseUrl, SECRET_KEY: 'of-a-test-4tXw9bNc8sLf1hJd6gYp3aUe' }),
  });
  let sources = 0;
  const call = async (method: string, request: object, source: string): Promise<Reply> => {
    const response = await fetch(`http://${service.httpAddress}/postern.auth.v1.AuthService/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': source },
      body: JSON.stringify(request),
    });
    const retryAfter = Number(response.headers.get('retry-after') ?? 0);
    return { status: response.status, retryAfter, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    call,
    register: (username: string) =>
      call('Register', { username, email: `${username}@example.com`, password: PASSWORD }, '192.0.2.250'),
    login: (username: string, source: string, password = PASSWORD) => call('Login', { username, password }, source),
    newSource() {
      sources += 1;
      return `192.0.2.${sources}`;
    },
    async step(ms: number) {
      await writeFile(file, String(ms));
      await sleep(100);
    },
    async stop() {
      await service.stop();
      await directory.remove();
    },
  };
}

type Stepped = Awaited<ReturnType<typeof startStepped>>;

const ENGINES: [string, () => string | undefined][] = [
  ['the embedded store', () => undefined],
  ['MongoDB', () => cluster.url(freshDatabase())],
];

let cluster: MongoCluster;
let wire: Wire;
beforeAll(async () => {
  cluster = await startReplicaSet(1);
  wire = await openWire(cluster.members[0]?.port ?? 0);
});
afterAll(async () => {
  await wire.close();
  await cluster.stop();
});

describe.each(ENGINES)('A service on %s whose clock is set', (_, findUrl) => {
  let stepped: Stepped;
  beforeAll(async () => {
    stepped = await startStepped(findUrl());
  });
  afterAll(() => stepped.stop());

  test.each(STEPS)('by %i ms limits no source for longer [B6]', async (step) => {
    await stepped.step(0);
    const source = stepped.newSource();
    let refused: Reply | undefined;
    for (let i = 0; i < 10 && refused?.status !== 429; i += 1)
      refused = await stepped.login(`ghost-${i}`, source, 'wrong');
    expect(refused).toMatchObject({ status: 429 });
    await stepped.step(step);
    for (let i = 0; i < 3; i += 1) {
      const { status, retryAfter } = await stepped.login(`nobody-${i}`, source, 'wrong');
      expect(status).toBe(429);
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(SECONDS_PER_LOGIN);
    }
  });

  test.each(STEPS)('by %i ms locks no account for longer than one window [B3]', async (step) => {
    await stepped.step(0);
    const [source, username] = [stepped.newSource(), `ada${Math.abs(step + 1)}`];
    expect((await stepped.register(username)).status).toBe(200);
    for (let i = 0; i < 2; i += 1) await stepped.login(username, source, 'wrong');
    await stepped.step(step);
    const { status, retryAfter } = await stepped.login(username, source);
    expect([200, 429]).toContain(status);
    expect(retryAfter).toBeLessThanOrEqual(WINDOW_SECONDS);
    await sleep(WINDOW_SECONDS * 1_000 + 200);
    expect((await stepped.login(username, source)).status).toBe(200);
  });
});

describe('A service whose clock is set while MongoDB is out of reach', () => {
  let stepped: Stepped;
  beforeAll(async () => {
    stepped = await startStepped(`mongodb://127.0.0.1:${wire.port}/${freshDatabase()}?directConnection=true`);
    expect((await stepped.register('ada')).status).toBe(200);
  });
  afterAll(async () => {
    wire.mend();
    await stepped.stop();
  });

  test.each(STEPS)('by %i ms: Validate refuses after the staleness, not sooner and not later [G3]', async (step) => {
    const source = stepped.newSource();
    await stepped.step(0);
    const { body } = await stepped.login('ada', source);
    const { accessToken } = body.tokens as { accessToken: string };
    const validate = async () => (await stepped.call('Validate', { accessToken }, source)).status;
    expect(await validate()).toBe(200);
    wire.cut();
    const lostAt = performance.now();
    await stepped.step(step);
    expect(await validate()).toBe(200);
    await eventually('it refuses', async () => (await validate()) === 503, STALENESS_MS + SLACK_MS);
    expect(performance.now() - lostAt).toBeGreaterThan(STALENESS_MS / 2);
    await stepped.step(0);
    wire.mend();
    await eventually('it validates again', async () => (await validate()) === 200, 30_000);
  });
});
