import { type Finding, fault, ok, warning } from './finding';

/** What access tokens forgive between two machines. */
const TOLERATED_MS = 5_000;
const NOTABLE_MS = 1_000;

/** @param aheadMs how far the store's clock is ahead of this one, in ms, give or take `uncertaintyMs` */
export function checkClock(aheadMs: number, uncertaintyMs: number): Finding {
  const off = Math.max(0, Math.abs(aheadMs) - uncertaintyMs);
  const text = `This clock is ${(off / 1000).toFixed(1)} s ${aheadMs > 0 ? 'behind' : 'ahead of'} the database server's`;
  if (off > TOLERATED_MS)
    return fault('clock', `${text}: let both follow NTP, or tokens are refused and end at wrong times`);
  if (off > NOTABLE_MS) return warning('clock', `${text}: let both follow NTP`);
  return ok('clock', "Agrees with the database server's");
}
