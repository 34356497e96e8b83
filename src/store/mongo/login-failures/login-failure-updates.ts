import type { PipelineStage } from 'mongoose';
import type { LoginLimits } from '../../../auth/login/login-failures';

// Aggregation pipelines: the server counts and decides in one atomic step. `source` is always a digest, so no text here
// can be taken for an expression.

export type Update = PipelineStage.Set | PipelineStage.Unset;

const REMEMBERED_MS = 30 * 86_400_000;
const REMEMBERED_SOURCES = 64;

const sources = { $ifNull: ['$sources', []] };
const known = { $ifNull: ['$known', []] };
const attempts = { $ifNull: ['$count', 0] };

/**
 * Matches the account's document while the limits allow an attempt. An upsert with it of a document that it does not
 * match runs into the unique `_id`: nothing is written, and the duplicate key says that the attempt has to be decided
 * alone. (A server takes no `$expr` in the filter of an upsert.)
 */
export function allowsAttempt(source: string, { perSource, perAccount, windowSeconds }: LoginLimits, at: number) {
  const open = { $gt: at - windowSeconds * 1000 };
  return {
    sources: { $not: { $elemMatch: { id: source, count: { $gte: perSource }, start: open } } },
    $or: [
      { known: { $elemMatch: { id: source, at: { $gt: at - REMEMBERED_MS } } } },
      { count: { $not: { $gte: perAccount } } },
      { start: { $not: open } },
    ],
  };
}

/** Counts an attempt if the limits allow it; afterwards `refusedUntil` says whether they did. */
export function reserveUpdate(source: string, limits: LoginLimits, at: number): Update[] {
  return [...decide(source, limits, at), ...count(source, limits, at)];
}

const isRefused = { $ne: ['$refusedUntil', null] };

/**
 * Drops what is past and sets `refusedUntil`. A window that seems to begin later was counted before the clock was set
 * back: it is moved to begin now, so that it lasts no longer than a window.
 */
function decide(source: string, { perSource, perAccount, windowSeconds }: LoginLimits, at: number): Update[] {
  const windowMs = windowSeconds * 1000;
  const isOpen = { $and: [{ $gt: [attempts, 0] }, { $gt: [{ $add: ['$start', windowMs] }, at] }] };
  const openSources = { $filter: { input: sources, cond: { $gt: [{ $add: ['$$this.start', windowMs] }, at] } } };
  const notLaterThan = { id: '$$this.id', start: { $min: ['$$this.start', at] }, count: '$$this.count' };
  const mineIsFull = { $gte: [{ $ifNull: ['$mine.count', 0] }, perSource] };
  const accountIsFull = { $and: [{ $not: ['$isKnown'] }, { $gte: ['$count', perAccount] }] };
  return [
    {
      $set: {
        start: { $cond: [isOpen, { $min: ['$start', at] }, at] },
        count: { $cond: [isOpen, '$count', 0] },
        sources: { $map: { input: openSources, as: 'this', in: notLaterThan } },
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
  ];
}

/** Counts the attempt that `decide` has let through. */
function count(source: string, { windowSeconds }: LoginLimits, at: number): Update[] {
  const mineAndThis = {
    id: source,
    start: { $ifNull: ['$mine.start', at] },
    count: { $add: [{ $ifNull: ['$mine.count', 0] }, 1] },
  };
  return [
    {
      $set: {
        count: { $cond: [isRefused, '$count', { $add: ['$count', 1] }] },
        sources: { $cond: [isRefused, '$sources', { $concatArrays: [without(source, '$sources'), [mineAndThis]] }] },
        expireAt: lastUse(at, windowSeconds * 1000),
      },
    },
    { $unset: ['mine', 'isKnown'] },
  ];
}

/** Takes back an attempt that was counted at `at`. */
export function releaseUpdate(source: string, at: number): Update[] {
  const isTheirs = { $and: [{ $eq: ['$$this.id', source] }, { $lte: ['$$this.start', at] }] };
  const oneLess = { id: '$$this.id', start: '$$this.start', count: { $subtract: ['$$this.count', 1] } };
  const reduced = { $map: { input: sources, as: 'this', in: { $cond: [isTheirs, oneLess, '$$this'] } } };
  return [
    {
      $set: {
        count: { $cond: [{ $lte: ['$start', at] }, { $max: [0, { $subtract: [attempts, 1] }] }, attempts] },
        sources: { $filter: { input: reduced, cond: { $gt: ['$$this.count', 0] } } },
      },
    },
  ];
}

/** Forgets the failures of a source, takes back its one attempt from the account, and remembers the source. */
export function succeedUpdate(source: string, at: number): Update[] {
  const latest = { $concatArrays: [without(source, known), [{ id: source, at }]] };
  return [
    {
      $set: {
        start: { $ifNull: ['$start', at] },
        count: { $max: [0, { $subtract: [attempts, 1] }] },
        sources: without(source, sources),
        known: { $slice: [latest, -REMEMBERED_SOURCES] },
        refusedUntil: { $ifNull: ['$refusedUntil', null] },
        expireAt: { $max: ['$expireAt', new Date(at + REMEMBERED_MS), { $add: ['$$NOW', REMEMBERED_MS] }] },
      },
    },
  ];
}

function without(source: string, input: unknown) {
  return { $filter: { input, cond: { $ne: ['$$this.id', source] } } } as { $filter: { input: never; cond: never } };
}

/**
 * When nothing in the document matters any more. The server deletes it by its own clock: with that of a replica alone,
 * a lockout would end at once where that clock is a window behind.
 */
function lastUse(at: number, windowMs: number) {
  const knownUntil = { $add: [{ $ifNull: [{ $max: '$known.at' }, 0] }, REMEMBERED_MS] };
  const windowEnds = [at + windowMs, { $add: [{ $toLong: '$$NOW' }, windowMs] }];
  return { $toDate: { $toLong: { $max: [...windowEnds, knownUntil] } } };
}
