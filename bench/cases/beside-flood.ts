import { measureOnce } from '../measure';
import * as requests from '../requests';
import type { BenchOptions } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

export const PER_SECOND = 1_000;
export const SECONDS = 4;

/** Begins a flood; what it resolves with waits for its end. */
type BeginFlood<Outcome> = (server: ServerProcess) => Promise<() => Promise<Outcome>>;

export interface BesideFlood<Outcome> {
  /** Medians of the rounds. */
  readonly calmMs: number;
  readonly floodedMs: number;
  /** Answers to Validate, with the flood and without. */
  readonly wrong: number;
  readonly outcomes: readonly Outcome[];
}

/** The p99 of Validate at a steady rate, alone and beside a flood in turns; the first round only warms up. */
export async function measureBesideFlood<Outcome>(
  server: ServerProcess,
  token: string,
  { rounds, scale }: BenchOptions,
  begin: BeginFlood<Outcome>,
): Promise<BesideFlood<Outcome>> {
  const [calm, flooded]: [number[], number[]] = [[], []];
  const outcomes: Outcome[] = [];
  let wrong = 0;
  for (let round = -1; round < rounds; round += 1) {
    const alone = await steady(server, token, scale);
    const end = await begin(server);
    const together = await steady(server, token, scale);
    const outcome = await end();
    if (round < 0) continue;
    calm.push(alone.p99);
    flooded.push(together.p99);
    outcomes.push(outcome);
    wrong += alone.wrong + together.wrong;
  }
  return { calmMs: median(calm) / 1000, floodedMs: median(flooded) / 1000, wrong, outcomes };
}

/** As `measureBesideFlood`, with a service of its own on an embedded store. */
export async function measureOwnBesideFlood<Outcome>(
  options: BenchOptions,
  begin: BeginFlood<Outcome>,
): Promise<BesideFlood<Outcome>> {
  const { database, url, remove } = temporaryDatabase();
  const users = await seed(database, { users: 200 });
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const found = await measureBesideFlood(server, token, options, begin);
  await server.stop();
  remove();
  return found;
}

/** Validate at a steady rate. */
export async function steady(server: ServerProcess, token: string, scale: number) {
  const shape = { concurrency: 16, calls: Math.round(PER_SECOND * SECONDS * scale) };
  const request = [requests.validateRequest(token)];
  const load = requests.buildLoad('Validate', request, requests.validateReplyBytes('user-0'), shape);
  return measureOnce({ name: 'Validate', server, load: { ...load, perSecond: PER_SECOND } });
}
