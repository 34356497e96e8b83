import { setTimeout as after } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { newApiKeyId } from '../../src/auth/api-keys/api-key-id';
import { createApiKeyTexts } from '../../src/crypto/api-keys/api-key-texts';
import { measureOnce } from '../measure';
import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import type { ServerProcess } from '../servers/server-process';
import { measureOwnBesideFlood, PER_SECOND, SECONDS } from './beside-flood';

const FLOOD_CLIENTS = 16;
const FLOOD_PER_SECOND = 5_000;

/** Validate at a steady rate, alone and while one client presents well-formed API keys that do not exist. */
export async function keyFlood(options: BenchOptions): Promise<Section> {
  const { calmMs, floodedMs, wrong } = await measureOwnBesideFlood(options, (server) =>
    beginUnknownKeys(server, options.scale),
  );
  return {
    id: 'key-flood',
    title: `Validate at ${PER_SECOND} calls per second during ${FLOOD_PER_SECOND} unknown API keys per second`,
    rows: [],
    facts: [
      { name: 'p99 without the flood', value: calmMs, unit: 'ms' },
      { name: 'p99 during the flood', value: floodedMs, unit: 'ms' },
      { name: 'the one to the other', value: floodedMs / calmMs, unit: 'x', target: { atMost: 3 } },
      { name: 'wrong answers to Validate', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}

/** The flood begins first and lasts longer. */
async function beginUnknownKeys(server: ServerProcess, scale: number): Promise<() => Promise<unknown>> {
  const texts = createApiKeyTexts();
  const unknown = () => texts.mint(newApiKeyId({ next: uuidv7 })).text;
  const bodies = Array.from({ length: 20_000 }, () => requests.validateRequest(unknown()));
  const calls = Math.round(FLOOD_PER_SECOND * (SECONDS + 2) * scale);
  const load = requests.buildLoad('Validate', bodies, -1, { concurrency: FLOOD_CLIENTS, calls });
  const flood = measureOnce({ name: 'unknown keys', server, load: { ...load, perSecond: FLOOD_PER_SECOND } });
  await after(500);
  return () => flood;
}
