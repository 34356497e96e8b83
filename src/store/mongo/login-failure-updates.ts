import type { PipelineStage } from 'mongoose';
import type { LoginLimits } from '../../auth/ports';

// Aggregation pipelines: the server counts and decides in one atomic step. `source` is always a digest, so no text here can be
// taken for an expression.

export type Update = PipelineStage.Set | PipelineStage.Unset;

const REMEMBERED_MS = 30 * 86_400_000;
const REMEMBERED_SOURCES = 64;

const sources = { $ifNull: ['$sources', []] };
const known = { $ifNull: ['$known', []] };
const count = { $ifNull: ['$count', 0] };

/** Counts a try if the limits allow it; afterwards `refusedUntil` tells. */
export function reserveUpdate(source: string, limits: LoginLimits, at: number): Update[] {
  const windowMs = limits.windowSeconds * 1000;
  const isOpen = { $and: [{ $gt: [count, 0] }, { $gt: [{ $add: ['$start', windowMs] }, at] }] };
  const mineIsFull = { $gte: [{ $ifNull: ['$mine.count', 0] }, limits.perSource] };
  const accountIsFull = { $and: [{ $not: ['$isKnown'] }, { $gte: ['$count', limits.perAccount] }] };
  const refused = { $ne: ['$refusedUntil', null] };
  const mineAndThis = {
    id: source,
    start: { $ifNull: ['$mine.start', at] },
    count: { $add: [{ $ifNull: ['$mine.count', 0] }, 1] },
  };
  return [
    {
      $set: {
        start: { $cond: [isOpen, '$start', at] },
        count: { $cond: [isOpen, '$count', 0] },
        sources: { $filter: { input: sources, cond: { $gt: [{ $add: ['$$this.start', windowMs] }, at] } } },
        known: { $filter: { input: known, cond: { $gt: ['$$this.at', at - REMEMBERED_MS] } } },
      },
    },
    {
      $set: {
        mine: { $first: { $filter: { input: '$sources', cond: { $eq: ['$$this.id', source] } } } },
        isKnown: { $in: [source, '$known.id'] },
      },
    },
    {
      $set: {
        refusedUntil: {
          $cond: [
            mineIsFull,
            { $add: [{ $ifNull: ['$mine.start', at] }, windowMs] },
            { $cond: [accountIsFull, { $add: ['$start', windowMs] }, null] },
          ],
        },
      },
    },
    {
      $set: {
        count: { $cond: [refused, '$count', { $add: ['$count', 1] }] },
        sources: { $cond: [refused, '$sources', { $concatArrays: [without(source, '$sources'), [mineAndThis]] }] },
        expireAt: lastUse(at + windowMs),
      },
    },
    { $unset: ['mine', 'isKnown'] },
  ];
}

/** Takes back a try that was counted at `at`. */
export function releaseUpdate(source: string, at: number): Update[] {
  const isTheirs = { $and: [{ $eq: ['$$this.id', source] }, { $lte: ['$$this.start', at] }] };
  const oneLess = { id: '$$this.id', start: '$$this.start', count: { $subtract: ['$$this.count', 1] } };
  const reduced = { $map: { input: sources, as: 'this', in: { $cond: [isTheirs, oneLess, '$$this'] } } };
  return [
    {
      $set: {
        count: { $cond: [{ $lte: ['$start', at] }, { $max: [0, { $subtract: [count, 1] }] }, count] },
        sources: { $filter: { input: reduced, cond: { $gt: ['$$this.count', 0] } } },
      },
    },
  ];
}

/** Forgets the failures of a source, takes back its one try from the account, and remembers the source. */
export function succeedUpdate(source: string, at: number): Update[] {
  const latest = { $concatArrays: [without(source, known), [{ id: source, at }]] };
  return [
    {
      $set: {
        start: { $ifNull: ['$start', at] },
        count: { $max: [0, { $subtract: [count, 1] }] },
        sources: without(source, sources),
        known: { $slice: [latest, -REMEMBERED_SOURCES] },
        refusedUntil: { $ifNull: ['$refusedUntil', null] },
        expireAt: { $max: ['$expireAt', new Date(at + REMEMBERED_MS)] },
      },
    },
  ];
}

function without(source: string, input: unknown) {
  return { $filter: { input, cond: { $ne: ['$$this.id', source] } } } as { $filter: { input: never; cond: never } };
}

/** When nothing in the document matters any more. */
function lastUse(windowEnd: number) {
  const knownUntil = { $add: [{ $ifNull: [{ $max: '$known.at' }, 0] }, REMEMBERED_MS] };
  return { $toDate: { $toLong: { $max: [windowEnd, knownUntil] } } };
}
