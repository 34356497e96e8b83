/** The kinds of rows that can become many, in the order in which people are told of them. */
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
