import type { PipelineStage } from 'mongoose';
import type { LoginLimits } from '../../auth/login/login-failures';

// Aggregation pipelines: the server counts and decides in one atomic step. `source` is always a digest, so no text here
// can be taken for an expression.

export type Update = PipelineStage.Set | PipelineStage.Unset;

const REMEMBERED_MS = 30 * 86_400_000;
const REMEMBERED_SOURCES = 64;

const sources = { $ifNull: ['$sources', []] };
const known = { $ifNull: ['$known', []] };
const tries = { $ifNull: ['$count', 0] };

/** Counts a try if the limits allow it; afterwards `refusedUntil` says whether they did. */
export function reserveUpdate(source: string, limits: LoginLimits, at: number): Update[] {
  return [...decide(source, limits, at), ...count(source, limits, at)];
}

/**
 * Counts a try that the limits allow. One that they refuse is no number, so the update fails (ConversionFailure) and
 * changes nothing.
 */
export function countUpdate(source: string, limits: LoginLimits, at: number): Update[] {
  // Made of the document: what is constant a server may evaluate beforehand.
  const noNumber = { $toLong: { $concat: ['refused ', '$_id'] } };
  const failIfRefused = { $set: { refusedUntil: { $cond: [isRefused, noNumber, null] } } };
  return [...decide(source, limits, at), failIfRefused, ...count(source, limits, at)];
}

const isRefused = { $ne: ['$refusedUntil', null] };

/**
 * Drops what is past and sets `refusedUntil`. A window that seems to begin later was counted before the clock was set
 * back: it is moved to begin now, so that it lasts no longer than a window.
 */
function decide(source: string, { perSource, perAccount, windowSeconds }: LoginLimits, at: number): Update[] {
  const windowMs = windowSeconds * 1000;
  const isOpen = { $and: [{ $gt: [tries, 0] }, { $gt: [{ $add: ['$start', windowMs] }, at] }] };
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

/** Counts the try that `decide` has let through. */
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
        expireAt: lastUse(at + windowSeconds * 1000),
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
        count: { $cond: [{ $lte: ['$start', at] }, { $max: [0, { $subtract: [tries, 1] }] }, tries] },
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
        count: { $max: [0, { $subtract: [tries, 1] }] },
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
