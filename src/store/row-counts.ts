/** The kinds of rows that can become many, in the order in which they are shown. */
export const ROW_KINDS = [
  'users',
  'sessions',
  'auditEvents',
  'apiKeys',
  'loginFailures',
  'revocations',
  'waitingMails',
  'accountTokens',
] as const;

export type RowKind = (typeof ROW_KINDS)[number];

/** How many rows of each kind there are, those included that have ended and are still kept. */
export type RowCounts = Readonly<Record<RowKind, number>>;

/** Counts the kinds one after the other. */
export async function countEach(count: (kind: RowKind) => Promise<number>): Promise<RowCounts> {
  const counts: Partial<Record<RowKind, number>> = {};
  for (const kind of ROW_KINDS) counts[kind] = await count(kind);
  return counts as RowCounts;
}
