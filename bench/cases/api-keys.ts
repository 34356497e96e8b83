import { PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, seedApiKeys, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const CALLS = 25_000;
const CONCURRENCY = 64;
const PRESENTED = 100;
const MANY = 100_000;

/** Whether an API key costs more than an access token, and more where there are many. */
export async function apiKeys({ rounds, scale }: BenchOptions): Promise<Section> {
  const [few, many] = [await prepare(PRESENTED), await prepare(MANY)];
  const shape = { concurrency: CONCURRENCY, calls: Math.round(CALLS * scale) };
  const taken = new Rounds();
  for (let n = 0; n < PROCESSES; n += 1) {
    const servers = await Promise.all([few, many].map(({ url }) => startPostern({ DATABASE_URL: url })));
    const [server, crowded] = servers as [(typeof servers)[0], (typeof servers)[0]];
    const load = (credentials: readonly string[], replyBytes: number) =>
      requests.buildLoad('Validate', credentials.map(requests.validateRequest), replyBytes, shape);
    const [ofToken, ofKey] = [requests.validateReplyBytes('user-100'), requests.validateKeyReplyBytes('user-100')];
    await taken.add(
      [
        { name: 'Validate, 100 access tokens', server, load: load(few.tokens, ofToken) },
        { name: 'Validate, 100 API keys of 100', server, load: load(few.keys, ofKey) },
        // The same again: how far two rows of one thing are apart in this run.
        { name: 'Validate, 100 access tokens again', server, load: load(few.tokens, ofToken) },
        {
          name: `Validate, 100 API keys of ${MANY.toLocaleString('en')}`,
          server: crowded,
          load: load(many.keys, ofKey),
        },
      ],
      Math.ceil(rounds / PROCESSES),
    );
    for (const each of servers) await each.stop();
  }
  const rows = rowsAgainstFirst(taken.measured(), CONCURRENCY);
  for (const { remove } of [few, many]) remove();
  const [, key = Number.NaN, again = Number.NaN, crowded = Number.NaN] = rows.map(({ cpuRatio }) => cpuRatio);
  const token = (1 + again) / 2;
  return {
    id: 'api-keys',
    title: 'API keys against access tokens',
    rows,
    facts: [
      {
        name: 'CPU per Validate of a warm API key',
        value: key / token,
        unit: 'x that of an access token',
        target: { atMost: 1.05 },
      },
      {
        name: 'CPU per Validate with 100,000 keys in the store',
        value: crowded / key,
        unit: 'x that with 100',
        target: { atMost: 1.05 },
      },
    ],
  };
}

async function prepare(keyCount: number) {
  const { database, url, remove } = temporaryDatabase();
  // Names of one length, so that all answers have one.
  const users = (await seed(database, { users: 1_000 })).slice(100, 1_000);
  const tokens = await mint(database, users, PRESENTED, 'HS256');
  const keys = (await seedApiKeys(database, users, keyCount)).slice(0, PRESENTED);
  return { url, remove, tokens, keys };
}
