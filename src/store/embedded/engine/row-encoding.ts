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
  encode: (row: unknown): Buffer => Buffer.from(JSON.stringify(row), 'utf8'),

  /** `bytes` may be longer than the row: then `size` is how long that is. */
  decode: (bytes: Buffer, size?: unknown): unknown => {
    const text = bytes.toString('utf8', 0, typeof size === 'number' ? size : bytes.length);
    const row: unknown = JSON.parse(text);
    if (typeof row === 'object' && row !== null) reviveTimes(row);
    return row;
  },
};

function reviveTimes(row: Row): void {
  for (const name of TIMES) {
    const time = row[name];
    if (typeof time === 'string') row[name] = new Date(time);
  }
}
