/** Fields that hold a time, in whatever table. */
const TIMES = [
  'createdAt',
  'lastUsedAt',
  'expiresAt',
  'limitAt',
  'endedAt',
  'occurredAt',
  'lastOccurredAt',
  'activeAt',
  'revokedAt',
  'requestedAt',
] as const;

type Row = Partial<Record<(typeof TIMES)[number], string | Date | null>>;

/** Rows as JSON, times as ISO 8601. Does without `instanceof`, for which each context of a process has its own Date. */
export const rowEncoding = {
  encode: (row: unknown): Buffer => Buffer.from(JSON.stringify(isObject(row) ? writeTimes(row) : row), 'utf8'),

  /** `bytes` may be longer than the row: then `size` is how long that is. */
  decode: (bytes: Buffer, size?: unknown): unknown => {
    const row = parseText(bytes, typeof size === 'number' ? size : bytes.length);
    if (isObject(row)) reviveTimes(row);
    return row;
  },
};

/** A row whose times are texts: it is written as one whose times are Dates. */
export type RowOfTexts<Row> = {
  readonly [Name in keyof Row]: Exclude<Row[Name], Date> | (Date extends Row[Name] ? string : never);
};

/** Where many rows are changed, making a Date of each time would cost most of the work. */
export function decodeTexts<Row>(bytes: Buffer): RowOfTexts<Row> {
  return parseText(bytes, bytes.length) as RowOfTexts<Row>;
}

function parseText(bytes: Buffer, size: number): unknown {
  return JSON.parse(bytes.toString('utf8', 0, size));
}

function isObject(row: unknown): row is Row {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

/** JSON.stringify would ask each Date for its `toJSON`, which takes twice as long. */
function writeTimes(row: Row): Row {
  const copy = { ...row };
  for (const name of TIMES) {
    const time = copy[name];
    if (typeof time === 'object' && time !== null) copy[name] = time.toISOString();
  }
  return copy;
}

function reviveTimes(row: Row): void {
  for (const name of TIMES) {
    const time = row[name];
    if (typeof time === 'string') row[name] = new Date(time);
  }
}
