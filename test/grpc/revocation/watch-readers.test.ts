import { once } from 'node:events';
import { type ClientReadableStream, Metadata } from '@grpc/grpc-js';
import type { WatchRevocationsResponse } from '../../../src/gen/postern/auth/v1/auth_service';
import { eventually } from '../../support/domain/eventually';
import { type AppCalls, appCalls } from '../../support/grpc/app-calls';
import { testDatabaseUrl } from '../../support/mongo/mongo';
import { type StartedApp, startApp } from '../../support/processes/start-app';

const NEW_PASSWORD = 'plum-cabinet-orbit-91';

/** A program that verifies tokens by itself and follows WatchRevocations as its proto file says. */
class Reader {
  readonly #sessions = new Set<string>();
  readonly #users = new Set<string>();
  readonly #roles = new Map<string, readonly string[]>();
  /** What came, in order. */
  readonly cases: string[] = [];
  readonly #stream: ClientReadableStream<WatchRevocationsResponse>;

  constructor({ auth }: StartedApp, bearer: string) {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${bearer}`);
    this.#stream = auth.watchRevocations({ resumeToken: '' }, metadata);
    this.#stream.on('data', ({ event }: WatchRevocationsResponse) => event && this.#take(event));
    this.#stream.on('error', () => {});
  }

  isGood(token: string): boolean {
    const { sid, sub } = readClaims(token);
    return !this.#sessions.has(sid) && !this.#users.has(sub);
  }

  findRoles(token: string): readonly string[] {
    const { sub, roles } = readClaims(token);
    return this.#roles.get(sub) ?? roles;
  }

  async stop(): Promise<void> {
    const ended = once(this.#stream, 'error');
    this.#stream.cancel();
    await ended;
  }

  #take(event: NonNullable<WatchRevocationsResponse['event']>): void {
    this.cases.push(event.$case);
    if (event.$case === 'roleChange') {
      this.#users.delete(event.roleChange.userId);
      this.#roles.set(event.roleChange.userId, event.roleChange.roles);
    }
    if (event.$case !== 'revocation') return;
    const { target } = event.revocation;
    if (target?.$case === 'sessionId') this.#sessions.add(target.sessionId);
    if (target?.$case === 'userId') this.#users.add(target.userId);
  }
}

function readClaims(token: string): { sid: string; sub: string; iat: number; roles: string[] } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describe.each([
  ['the embedded store, one service', 1],
  ['MongoDB, two replicas', 2],
])('A reader of WatchRevocations on %s', (_, count) => {
  let replicas: StartedApp[];
  let readers: Reader[];
  let a: AppCalls;
  let b: AppCalls;
  let adminToken: string;
  beforeAll(async () => {
    const env = count === 1 ? {} : { DATABASE_URL: testDatabaseUrl() };
    replicas = [await startApp(env)];
    while (replicas.length < count) replicas.push(await startApp(env));
    [a, b = a] = replicas.map(appCalls) as [AppCalls, AppCalls];
    adminToken = await a.adminToken();
  }, 60_000);
  beforeEach(() => {
    readers = replicas.map((replica) => new Reader(replica, adminToken));
  });
  afterEach(() => Promise.all(readers.map((reader) => reader.stop())));
  afterAll(() => Promise.all(replicas.map((replica) => replica.stop())));

  type NewUser = Awaited<ReturnType<AppCalls['newUser']>>;
  const ENDS: [string, (user: NewUser) => Promise<unknown>][] = [
    ['RevokeAllSessions', ({ tokens }) => a.auth('revokeAllSessions', { keepCurrent: false }, tokens.accessToken)],
    ['RevokeUserSessions', ({ user }) => a.admin('revokeUserSessions', { userId: user.id }, adminToken)],
    [
      'SetUserActive',
      async ({ user }) => {
        await a.admin('setUserActive', { userId: user.id, active: false }, adminToken);
        await b.admin('setUserActive', { userId: user.id, active: true }, adminToken);
      },
    ],
  ];
  test.each(ENDS)(
    'judges tokens of the second of a user-wide end exactly, on both sides: %s',
    async (_name, end) => {
      let sameSecond = 0;
      for (let trial = 0; trial < 8 || sameSecond === 0; trial += 1) {
        const made = await a.newUser();
        const { account, tokens: before } = made;
        await end(made);
        const login = { username: account.username, password: account.password, deviceName: '' };
        const { tokens: after } = await b.auth('login', login);
        if (readClaims(before.accessToken).iat === readClaims(after.accessToken).iat) sameSecond += 1;
        for (const reader of readers) {
          await eventually('the token of before is void', () => !reader.isGood(before.accessToken), 1_000);
          await eventually('the token of after is good', () => reader.isGood(after.accessToken), 1_000);
        }
      }
      expect(sameSecond).toBeGreaterThan(0);
    },
    30_000,
  );

  test('judges a changed password exactly: the session that changed it lives on, all others are void', async () => {
    const { account, tokens: other } = await a.newUser();
    const login = { username: account.username, password: account.password, deviceName: '' };
    const { tokens } = await b.auth('login', login);
    const change = { currentPassword: account.password, newPassword: NEW_PASSWORD };
    await a.auth('changePassword', change, tokens.accessToken);
    const { tokens: after } = await b.auth('login', { ...login, password: NEW_PASSWORD });
    for (const reader of readers) {
      await eventually('the other is void', () => !reader.isGood(other.accessToken), 1_000);
      expect([reader.isGood(tokens.accessToken), reader.isGood(after.accessToken)]).toEqual([true, true]);
    }
  });

  test('learns new roles, whichever replica changed them, and hears once that it has caught up', async () => {
    const { user, tokens } = await a.newUser();
    for (const reader of readers) await eventually('it has caught up', () => reader.cases.includes('caughtUp'));
    for (const [calls, roles] of [
      [a, ['user', 'moderator']],
      [b, ['service']],
    ] as const) {
      await calls.admin('setUserRoles', { userId: user.id, roles: [...roles] }, adminToken);
      for (const reader of readers) {
        const learnt = () => reader.findRoles(tokens.accessToken).join() === roles.join();
        await eventually('the roles', learnt, 1_000);
      }
    }
    // Also a reader that comes later knows them by the time that it has caught up.
    const later = replicas.map((replica) => new Reader(replica, adminToken));
    for (const reader of later) {
      await eventually('it has caught up', () => reader.cases.includes('caughtUp'));
      expect(reader.findRoles(tokens.accessToken)).toEqual(['service']);
      await eventually('a heartbeat', () => reader.cases.includes('heartbeat'));
      expect(reader.cases.filter((each) => each === 'caughtUp')).toHaveLength(1);
    }
    await Promise.all(later.map((reader) => reader.stop()));
  });
});
