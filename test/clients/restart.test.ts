import { Driver } from '../../clients/conformance/suite/driver';
import { FaultProxy } from '../../clients/conformance/suite/fault-proxy';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { eventually } from '../support/domain/eventually';
import { temporaryDirectory } from '../support/embedded/embedded';
import { appCalls } from '../support/grpc/app-calls';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { awaitLocal } from './await-local';
import { makeWatcherKey, type Replica, startReplica } from './replica';

type Env = Readonly<Record<string, string>>;

/** What comes to the place of the first replica, which ends. */
interface Change {
  readonly env: () => Promise<Env>;
  readonly next: (first: Replica, env: Env) => Promise<Replica>;
}

const RESTART: Change = {
  env: async () => ({ DATABASE_URL: `file:${await temporaryDirectory()}` }),
  next: async ({ app }, env) => {
    await app.stop();
    return startReplica(env);
  },
};
const FAILOVER: Change = {
  env: async () => ({ DATABASE_URL: testDatabaseUrl() }),
  next: async ({ app }, env) => {
    const other = await startReplica(env);
    await app.stop();
    return other;
  },
};

const CASES = LANGUAGES.flatMap((language) => [
  [language, 'restarts, on the embedded store', RESTART] as const,
  [language, 'fails over to another replica, on MongoDB', FAILOVER] as const,
]);

test.each(CASES)(
  'The %s client answers from memory while its service %s, and hears of what happened meanwhile',
  async (language, _, change) => {
    const env = await change.env();
    let replica = await startReplica(env);
    // Its address stays when the service gets another port.
    const [grpc, http] = [await FaultProxy.start(replica.address), await FaultProxy.start(replica.httpAddress)];
    const before = appCalls(replica.app);
    const adminToken = await before.adminToken();
    const [kept, ended] = [await before.newUser(), await before.newUser()];
    const driver = await Driver.open(language, {
      address: grpc.address,
      jwks_url: `http://${http.address}/.well-known/jwks.json`,
      api_key: await makeWatcherKey(before, adminToken, 'watcher'),
      max_staleness_ms: 60_000,
    });
    try {
      await awaitLocal(driver);
      for (const { tokens } of [kept, ended]) expect(await driver.refusalReason(tokens.accessToken)).toBe('OK');
      grpc.faults = { refuse: true };
      replica = await change.next(replica, env);
      expect(await driver.validate(ended.tokens.accessToken)).toMatchObject({ ok: true, via: 'local' });
      await appCalls(replica.app).auth('logout', { refreshToken: ended.tokens.refreshToken });
      grpc.target = replica.address;
      http.target = replica.httpAddress;
      grpc.faults = {};
      const isRefused = async () => (await driver.refusalReason(ended.tokens.accessToken)) === 'TOKEN_REVOKED';
      await eventually('it has heard of the logout', isRefused, 10_000);
      await eventually('it counts that', async () => (await driver.state()).watch_reconnects > 0);
      expect(await driver.validate(kept.tokens.accessToken)).toMatchObject({ ok: true, via: 'local' });
      expect(await driver.state()).toMatchObject({ local: true, batch_calls: 0 });
    } finally {
      await driver.close();
      await Promise.all([grpc.stop(), http.stop()]);
      await replica.app.stop();
    }
  },
  120_000,
);
