import { nextIteration } from '../../../auth/next-iteration';
import type { StoreOptions } from '../../store';
import { removableTokenAt, removeAccountToken } from '../embedded-account-tokens';
import { removableAt, removeApiKey } from '../embedded-api-keys';
import { removeAuditEvent } from '../embedded-audit-log';
import type { Engine } from '../engine/engine';
import { dueNotes, EXPIRING, type ExpiringKind, type ExpiryNote, noteExpiry } from '../engine/expiries';
import { pairKey } from '../engine/keys';
import type { Tables } from '../engine/tables';

/** Rows per transaction: a few ms, so that calls are answered in between. */
const BATCH = 500;

type SweepOptions = Pick<StoreOptions, 'clock' | 'revocationWindowMs' | 'auditRetentionMs'>;

/** Takes away everything that is past its time, in small transactions, until `isStopped`. */
export async function sweep(engine: Engine, options: SweepOptions, isStopped: () => boolean): Promise<void> {
  for (const step of [sweepDue, sweepAudit]) {
    while (!isStopped() && (await step(engine, options)) === BATCH) await nextIteration();
  }
}

async function sweepDue(engine: Engine, options: SweepOptions): Promise<number> {
  const now = options.clock.now();
  // Looked for outside the transaction: where nothing is due, nothing is written or flushed.
  const due = engine.snapshot((tables) => dueNotes(tables, now, BATCH));
  if (due.length === 0) return 0;
  return engine.write(undefined, (tables) => {
    const notes = dueNotes(tables, now, BATCH);
    for (const note of notes) {
      tables.expiries.remove(note.noteKey);
      const later = removeUnlessAlive(tables, note, now, options);
      if (later !== undefined) noteExpiry(tables, note.kind, note.key, later);
    }
    return notes.length;
  });
}

/** Removes the row of a note; of a row that still lives, returns until when. */
function removeUnlessAlive(
  tables: Tables,
  { kind, key }: ExpiryNote,
  now: number,
  options: SweepOptions,
): number | undefined {
  const row = REMOVAL[kind](tables, key, options);
  if (row === undefined) return undefined;
  if (row.expiresAt > now) return row.expiresAt;
  row.remove();
  return undefined;
}

type Expiring = { readonly expiresAt: number; remove(): void } | undefined;

const REMOVAL: Record<ExpiringKind, (tables: Tables, key: Buffer, options: SweepOptions) => Expiring> = {
  [EXPIRING.session]: ({ sessions, openSessions }, key) => {
    const session = sessions.get(key);
    if (session === undefined) return undefined;
    const remove = () => {
      openSessions.remove(pairKey(session.userId, session.id));
      sessions.remove(key);
    };
    return { expiresAt: session.expiresAt.getTime(), remove };
  },
  [EXPIRING.failures]: ({ failures }, key) => {
    const count = failures.get(key);
    return count && { expiresAt: count.endsAt, remove: () => failures.remove(key) };
  },
  [EXPIRING.knownSource]: ({ knownSources }, key) => {
    const expiresAt = knownSources.get(key);
    return expiresAt === undefined ? undefined : { expiresAt, remove: () => knownSources.remove(key) };
  },
  [EXPIRING.apiKey]: (tables, key) => {
    const apiKey = tables.apiKeys.get(key);
    return apiKey && { expiresAt: removableAt(apiKey), remove: () => removeApiKey(tables, apiKey) };
  },
  [EXPIRING.accountToken]: (tables, key) => {
    const row = tables.accountTokens.get(key);
    return row && { expiresAt: removableTokenAt(row), remove: () => removeAccountToken(tables, key, row) };
  },
  [EXPIRING.mailCount]: ({ mailCounts }, key) => {
    const count = mailCounts.get(key);
    return count && { expiresAt: count.endsAt, remove: () => mailCounts.remove(key) };
  },
  [EXPIRING.revocation]: ({ feed }, key, { revocationWindowMs }) => {
    const record = feed.get(key);
    return record && { expiresAt: record.at + revocationWindowMs, remove: () => feed.remove(key) };
  },
};

/** Audit events lie in the order of time. */
async function sweepAudit(engine: Engine, options: SweepOptions): Promise<number> {
  const oldest = options.clock.now() - options.auditRetentionMs;
  const old = ({ auditEvents }: Tables) => {
    const events = [];
    for (const { value } of auditEvents.getRange({ limit: BATCH })) {
      if (value.occurredAt.getTime() >= oldest) break;
      events.push(value);
    }
    return events;
  };
  if (engine.snapshot(old).length === 0) return 0;
  return engine.write(undefined, (tables) => {
    const events = old(tables);
    for (const event of events) removeAuditEvent(tables, event);
    return events.length;
  });
}
