import type { History, Moment, Refreshing } from './history';
import { MAX_OFF_MS, type Plan } from './plan';
import type { World } from './world';

/** By how much what two replicas say of one moment can differ. */
const APART_MS = 2 * MAX_OFF_MS;

/** What holds whatever the clocks say. Returns every breach. */
export function breachesOfOrder({ history, refreshTokens }: World): string[] {
  const breaches = [...history.writtenTooLate];
  for (const [index, { generation }] of history.rotations.entries()) {
    if (generation !== index) breaches.push(`rotation ${index} was of generation ${generation}`);
  }
  const successors = new Map<number, string>();
  for (const { generation, answer, arrived } of history.calls) {
    if (answer?.kind !== 'pair') continue;
    if (arrived.order > (history.announced?.written.order ?? Number.POSITIVE_INFINITY)) {
      breaches.push(`generation ${generation} was succeeded though the end of the session was known`);
    }
    const known = successors.get(generation) ?? answer.refreshToken;
    if (known !== answer.refreshToken) breaches.push(`generation ${generation} has two successors`);
    successors.set(generation, known);
    const next = refreshTokens.open(answer.refreshToken)?.generation;
    if (next !== generation + 1) breaches.push(`generation ${generation} was succeeded by ${next}`);
  }
  return breaches;
}

/** What holds because the clocks are at most MAX_OFF_MS off. Returns every breach. */
export function breachesOfTime({ history }: World, { graceMs }: Plan): string[] {
  const breaches = history.calls.flatMap((call) =>
    findBreaches(history, call, graceMs).map((breach) => `generation ${call.generation}: ${breach}`),
  );
  const { announced } = history;
  if (
    announced !== undefined &&
    announced.by.arrived.at < replayFrom(history, announced.by, announced.written, graceMs) - APART_MS
  ) {
    breaches.push(`generation ${announced.by.generation} ended the session, but was no replay`);
  }
  return breaches;
}

function findBreaches(history: History, call: Refreshing, graceMs: number): string[] {
  const { answer, answered, arrived } = call;
  if (answered === undefined || answer === undefined) return [];
  const isReplay = arrived.at > replayFrom(history, call, arrived, graceMs) + APART_MS;
  if (answer.kind === 'pair') {
    return isReplay || isBeyondGrace(history, call, graceMs) ? ['a successor beyond the grace'] : [];
  }
  const isEnded = history.ended !== undefined && history.ended.order < answered.order;
  if (answer.kind !== 'refused' || isEnded) return [];
  if (isReplay) return ['a replay did not end the session'];
  return isWithinGrace(history, call, graceMs) ? ['refused, though within the grace or never used before'] : [];
}

/** From when on a call that presents the token is a replay, by what was written until `then`. */
function replayFrom(history: History, { generation }: Refreshing, then: Moment, graceMs: number): number {
  const used = history.rotation(generation, then.order)?.askedAt ?? Number.POSITIVE_INFINITY;
  const succeeded = history.rotation(generation + 1, then.order)?.askedAt ?? Number.POSITIVE_INFINITY;
  return Math.min(used + graceMs, succeeded);
}

function isWithinGrace(history: History, call: Refreshing, graceMs: number): boolean {
  const { generation, looked } = call;
  if (looked === undefined) return true;
  const used = history.rotation(generation, looked.order);
  if (used === undefined) return true;
  const isSucceeded = history.rotation(generation + 1, looked.order) !== undefined;
  return !isSucceeded && looked.at < used.askedAt + graceMs - APART_MS;
}

function isBeyondGrace(history: History, call: Refreshing, graceMs: number): boolean {
  const { generation, looked } = call;
  if (looked === undefined) return false;
  const used = history.rotation(generation, looked.order);
  if (used === undefined) return true;
  const isSucceeded = history.rotation(generation + 1, looked.order) !== undefined;
  return isSucceeded || looked.at > used.askedAt + graceMs + APART_MS;
}
