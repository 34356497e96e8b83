import { type ValueCodec, WrongValue } from './scalars';

/** RFC 3339; a leap second is no value of google.protobuf.Timestamp. */
const TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** google.protobuf.Timestamp, to the millisecond. */
export const TIMESTAMP: ValueCodec = { read, write: (value) => write(value as Date), initial: () => undefined };

function read(json: unknown): Date {
  const [text, date] = (typeof json === 'string' && TIME.exec(json)) || [];
  if (text !== undefined && date !== undefined && isOnCalendar(date)) {
    const time = new Date(text);
    if (!Number.isNaN(time.getTime())) return time;
  }
  throw new WrongValue('Must be a time such as 2026-01-31T12:00:00Z');
}

/** `new Date` takes the 30th of February for the 2nd of March. */
function isOnCalendar(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date);
}

function write(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
