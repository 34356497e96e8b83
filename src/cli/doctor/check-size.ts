import { ROW_KINDS, type RowCounts, type RowKind } from '../../store/row-counts';
import { type Finding, ok } from './finding';

const SHOWN: Readonly<Record<RowKind, string>> = {
  users: 'users',
  sessions: 'sessions',
  auditEvents: 'audit events',
  apiKeys: 'API keys',
  loginFailures: 'counters of failed logins',
  revocations: 'revocations',
  waitingMails: 'mails that wait',
  accountTokens: 'account tokens',
};

/** How much lies in the store: what shows which kind of rows has grown. No number is a fault by itself. */
export function checkSize(counts: RowCounts): Finding {
  const shown = ROW_KINDS.map((kind) => `${counts[kind].toLocaleString('en')} ${SHOWN[kind]}`);
  return ok('size', `The store holds ${shown.join(', ')}`);
}
