import { setTimeout as after } from 'node:timers/promises';
import { measureOnce } from '../measure';
import type { Line, LinePlot } from '../plots/plot';
import { findRange } from '../plots/section-plots';
import * as requests from '../requests';
import { PASSWORD } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { median } from '../statistics';

const PER_SECOND = 1_000;
const SECONDS = 12;
/** The flood: when it begins and for how long its clients start new logins. */
const FLOOD = { fromS: 4, forS: 4, clients: 64, users: 200 };
const WINDOW_MS = 250;
const ROUNDS = 3;
/** The most that p99 may be during the flood. */
export const MOST_MS = 50;

/** The p99 of Validate in each window of time, while a flood of logins begins and ends; medians of the rounds. */
export async function floodLine(name: string, server: ServerProcess, token: string): Promise<Line> {
  const rounds: (readonly number[])[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(server, token));
  const windows = Array.from({ length: (SECONDS * 1000) / WINDOW_MS }, (_, at) =>
    rounds.map((p99s) => (p99s[at] ?? Number.NaN) / 1000),
  );
  return {
    name,
    points: windows.map((p99Ms, at) => ({ x: (at * WINDOW_MS) / 1000, y: median(p99Ms), ...findRange(p99Ms) })),
  };
}

export function floodPlot(lines: readonly Line[]): LinePlot {
  return {
    kind: 'lines',
    name: 'timeline',
    title: 'Validate while a flood of logins begins and ends',
    caption:
      `p99 of every ${WINDOW_MS} ms at ${PER_SECOND.toLocaleString('en')} Validates a second, in one process and on both ` +
      'stores (mongod on the same two cores). Lines are medians of three rounds; bands reach from the least to the most.',
    x: { title: 'time, s', to: SECONDS },
    y: { title: 'p99 of Validate, ms (logarithmic)', scale: 'log' },
    lines,
    targets: [{ value: MOST_MS, label: `target during the flood: at most ${MOST_MS}` }],
    spans: [{ from: FLOOD.fromS, to: FLOOD.fromS + FLOOD.forS, label: `${FLOOD.clients} clients log in` }],
  };
}

async function oneRound(server: ServerProcess, token: string): Promise<readonly number[]> {
  const request = [requests.validateRequest(token)];
  const shape = { concurrency: 16, calls: PER_SECOND * SECONDS };
  const steady = requests.buildLoad('Validate', request, requests.validateReplyBytes('user-0'), shape);
  const bodies = Array.from({ length: FLOOD.users }, (_, n) => requests.loginRequest(`user-${n}`, PASSWORD));
  const flood = requests.buildLoad('Login', bodies, -1, { concurrency: FLOOD.clients, calls: 1_000_000 });
  const paced = { ...steady, perSecond: PER_SECOND, windowMs: WINDOW_MS };
  const validates = measureOnce({ name: 'Validate', server, load: paced });
  await after(FLOOD.fromS * 1000);
  await measureOnce({ name: 'Login', server, load: { ...flood, endAfterMs: FLOOD.forS * 1000 } });
  const { p99OfWindows = [], wrong } = await validates;
  if (wrong > 0) throw new Error(`Validate during a flood of logins: ${wrong} wrong answers`);
  return p99OfWindows;
}
