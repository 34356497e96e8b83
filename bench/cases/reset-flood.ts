import { once } from 'node:events';
import { connect } from 'node:net';
import { callHeaders, frame, PREFACE } from '../../test/support/clients/http2-frames';
import type { BenchOptions, Section } from '../section';
import { measureOwnBesideFlood, PER_SECOND, SECONDS } from './beside-flood';

const STREAMS = 20_000;
const CONNECTIONS_PER_SECOND = 4;
const END_HEADERS = 4;
const CANCEL = Buffer.from([0, 0, 0, 8]);

/** Validate at a steady rate, alone and while a client opens and resets calls (CVE-2023-44487, "rapid reset"). */
export async function resetFlood(options: BenchOptions): Promise<Section> {
  const { calmMs, floodedMs, wrong } = await measureOwnBesideFlood(options, async ({ address }) => {
    const ended = new AbortController();
    const flood = attack(address, ended.signal);
    return () => {
      ended.abort();
      return flood;
    };
  });
  const each = STREAMS.toLocaleString('en');
  return {
    id: 'reset-flood',
    title:
      `Validate at ${PER_SECOND} calls per second for ${SECONDS} s, beside ${CONNECTIONS_PER_SECOND} connections per ` +
      `second that open ${each} calls and reset them`,
    rows: [],
    facts: [
      { name: 'p99 without the flood', value: calmMs, unit: 'ms' },
      { name: 'p99 during the flood', value: floodedMs, unit: 'ms', target: { atMost: 100 } },
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
