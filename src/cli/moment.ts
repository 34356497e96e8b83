import { CommandError } from './command';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** `90s`, `24h`, `7d` in ms. @throws CommandError */
export function parseDuration(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new CommandError(`--${option} must be like 90s, 30m, 24h or 7d`);
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

/**
 * `2h`, `7d` (so long before `now`, in ms since the epoch) or a date and time of ISO 8601, UTC without an offset.
 * @throws CommandError
 */
export function parseMoment(option: string, text: string, now: number): Date {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now - Number(count) * (UNIT_MS[unit] ?? 0));
  const hasZone = !text.includes('T') || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const moment = new Date(hasZone ? text : `${text}Z`);
  if (ISO.test(text) && !Number.isNaN(moment.getTime()) && isDay(text)) return moment;
  throw new CommandError(`--${option} must be like 2h, 7d, 2026-01-31 or 2026-01-31T09:00:00Z`);
}

/** Whether the day of an ISO date exists: JavaScript takes 30 February for 2 March. */
function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}
