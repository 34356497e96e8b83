import { Driver } from '../../clients/conformance/suite/driver';
import { LANGUAGES, type Language } from '../../clients/conformance/suite/languages';
import { awaitLocal } from '../../test/clients/await-local';
import type { Bar, Panel, Plot } from '../plots/plot';
import type { BenchOptions, Fact, Section } from '../section';
import { mint, seed, seedWatcher } from '../seed';
import { startPostern } from '../servers/servers';
import { percentile } from '../statistics';
import { Caller } from './growth/caller';
import { bothStores, type StoreUnderTest } from './stores';

const USERS = 20;
const TRIALS = 200;
/** Callers at once that a client without a feed has to ask the service for. */
const CALLERS = 64;
const LIMIT_MS = 5_000;

/** How soon a client refuses what one replica of two has revoked, and how often callers at once ask the service. */
export async function clientRevocations({ scale }: BenchOptions): Promise<Section> {
  const stores = await bothStores();
  const replicaSet = stores.find(({ name }) => name === 'MongoDB') as StoreUnderTest;
  const { facts, panels } = await measureOn(replicaSet, Math.round(TRIALS * scale));
  for (const store of stores) await store.remove();
  const title = 'From a revocation to its refusal by a client, two replicas on a replica set of MongoDB';
  const plot: Plot = {
    kind: 'bars',
    name: 'revocations',
    title,
    caption: 'The client validates without a pause at one replica while the session is ended at the other.',
    rows: [panels],
  };
  return { id: 'client-revocations', title, rows: [], facts, plots: [plot] };
}

async function measureOn(store: StoreUnderTest, trials: number): Promise<{ facts: Fact[]; panels: Panel[] }> {
  const users = await seed(store.database, { users: USERS });
  const apiKey = await seedWatcher(store.database);
  // Passwords are not what is measured.
  const cheap = { ARGON2_MEMORY_KIB: '8', ARGON2_TIME: '1', ARGON2_PARALLELISM: '1' };
  const env = { DATABASE_URL: store.url, HTTP_ADDRESS: '127.0.0.1:0', JWT_ALGORITHM: 'ES256', ...cheap };
  const [revokes, watched] = [await startPostern(env), await startPostern(env)];
  const caller = new Caller(revokes.address);
  const jwks_url = `http://${watched.httpAddress}/.well-known/jwks.json`;
  const callers = await mint(store.database, users, CALLERS, 'ES256');
  const facts: Fact[] = [];
  const panels: Panel[] = [];
  for (const language of LANGUAGES) {
    const driver = await Driver.open(language, { address: watched.address, jwks_url, api_key: apiKey });
    await awaitLocal(driver);
    const lagsMs: number[] = [];
    for (let n = 0; n < trials; n += 1) lagsMs.push(await raceLogout(caller, driver, `user-${n % USERS}`));
    await driver.close();
    facts.push(
      ...revocationFacts(language, lagsMs),
      await askedCalls(language, { address: watched.address, jwks_url }, callers),
    );
    panels.push(buildPanel(language, lagsMs));
  }
  caller.close();
  for (const server of [revokes, watched]) await server.stop();
  return { facts, panels };
}

/** From the acknowledgement of a Logout until the client has refused the token; ms, 0 at least. */
async function raceLogout(caller: Caller, driver: Driver, username: string): Promise<number> {
  const { accessToken, refreshToken } = await caller.login(username);
  let reason = await driver.refusalReason(accessToken);
  if (reason !== 'OK') throw new Error(`A session that was just begun was refused: ${reason}`);
  let acknowledgedAt = Number.POSITIVE_INFINITY;
  const revoked = caller.logout(refreshToken).then(() => {
    acknowledgedAt = performance.now();
  });
  while (reason !== 'TOKEN_REVOKED') {
    if (performance.now() > acknowledgedAt + LIMIT_MS) throw new Error('A session that had ended was never refused');
    reason = await driver.refusalReason(accessToken);
  }
  const refusedAt = performance.now();
  await revoked;
  return Math.max(0, refusedAt - acknowledgedAt);
}

function revocationFacts(language: Language, lagsMs: number[]): Fact[] {
  const name = `${language}: refused after the revocation was acknowledged`;
  return [
    { name: `${name}, p50`, value: percentile(lagsMs, 0.5), unit: 'ms' },
    { name: `${name}, p99`, value: percentile(lagsMs, 0.99), unit: 'ms', target: { atMost: 100 } },
    { name: `${name}, at most`, value: Math.max(...lagsMs), unit: 'ms', target: { atMost: 1_000 } },
  ];
}

/** In the mode `remote` each answer is one of the service, as in `auto` while the feed is stale. */
async function askedCalls(
  language: Language,
  service: { readonly address: string; readonly jwks_url: string },
  tokens: readonly string[],
): Promise<Fact> {
  const driver = await Driver.open(language, { ...service, mode: 'remote' });
  const before = (await driver.state()).batch_calls;
  const answers = await driver.validateAll(tokens);
  if (!answers.every(({ ok }) => ok)) throw new Error(`A good token was refused: ${JSON.stringify(answers)}`);
  const asked = (await driver.state()).batch_calls - before;
  await driver.close();
  return {
    name: `${language}: calls of the service for ${CALLERS} callers at once`,
    value: asked,
    unit: '',
    target: { atMost: 2 },
  };
}

function buildPanel(language: Language, lagsMs: number[]): Panel {
  const bar = (name: string, share: number): Bar => ({ name, value: percentile(lagsMs, share) });
  const bars = [bar('half of the sessions', 0.5), bar('99 of 100', 0.99), bar('all', 1)];
  return { title: `${language}: ms after the acknowledgement`, bars };
}
