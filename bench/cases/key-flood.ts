import { v7 as uuidv7 } from 'uuid';
import { newApiKeyId } from '../../src/auth/api-keys/api-key-id';
import { createApiKeyTexts } from '../../src/crypto/api-keys/api-key-texts';
import { measureOnce } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';
import { PER_SECOND, SECONDS, steady } from './flood';

const FLOOD_CLIENTS = 16;
const FLOOD_PER_SECOND = 5_000;

/** Validate at a steady rate, alone and while a client presents well-formed API keys that do not exist. */
export async function keyFlood({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = await seed(database, { users: 200 });
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const calm: number[] = [];
  const flooded: number[] = [];
  let wrong = 0;
  for (let round = -1; round < rounds; round += 1) {
    const alone = await steady(server, token, scale);
    const together = await underFlood(server, token, scale);
    if (round < 0) continue;
    calm.push(alone.p99);
    flooded.push(together.p99);
    wrong += alone.wrong + together.wrong;
  }
  await server.stop();
  remove();
  return {
    id: 'key-flood',
    title: `Validate at ${PER_SECOND} calls per second during ${FLOOD_PER_SECOND} unknown API keys per second`,
    rows: [],
    facts: [
      { name: 'p99 without the flood', value: median(calm) / 1000, unit: 'ms' },
      { name: 'p99 during the flood', value: median(flooded) / 1000, unit: 'ms' },
      { name: 'the one to the other', value: median(flooded) / median(calm), unit: 'x', target: { atMost: 3 } },
      { name: 'wrong answers to Validate', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}

/** The flood begins first and lasts longer. */
async function underFlood(server: ServerProcess, token: string, scale: number) {
  const texts = createApiKeyTexts();
  const unknown = () => texts.mint(newApiKeyId({ next: uuidv7 })).text;
  const bodies = Array.from({ length: 20_000 }, () => requests.validateRequest(unknown()));
  const calls = Math.round(FLOOD_PER_SECOND * (SECONDS + 2) * scale);
  const load = requests.loadOf('Validate', bodies, -1, { concurrency: FLOOD_CLIENTS, calls });
  const flood = measureOnce({ name: 'unknown keys', server, load: { ...load, perSecond: FLOOD_PER_SECOND } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const measured = await steady(server, token, scale);
  await flood;
  return measured;
}
