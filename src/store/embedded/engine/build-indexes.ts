import { nextIteration } from '../../../auth/next-iteration';
import { addRepeated, findSubject, subjectAndTypeKey } from '../embedded-audit-log';
import { writeLabels } from '../users/user-labels';
import type { Engine } from './engine';
import { textKey } from './keys';
import type { Table, Tables } from './tables';

/** Rows per transaction: a few ms, so that calls are answered in between. */
const BATCH = 1_000;

interface Index<Row> {
  /** Counter that says that the index is there. */
  readonly version: string;
  rows(tables: Tables): Table<Row>;
  add(tables: Tables, row: Row): void;
}

const AUDIT_EVENTS = index({
  version: 'auditIndexVersion',
  rows: ({ auditEvents }) => auditEvents,
  add: ({ auditByUserAndType }, event) => {
    auditByUserAndType.put(subjectAndTypeKey(findSubject(event), event), true);
  },
});
const REPEATED_EVENTS = index({
  version: 'repeatedEventsVersion',
  rows: ({ auditEvents }) => auditEvents,
  add: addRepeated,
});
const USER_LABELS = index({
  version: 'userLabelsVersion',
  rows: ({ users }) => users,
  add: (tables, user) => writeLabels(tables, undefined, user),
});

/** Builds, once, the indexes that a store lacks because it was made before there were any. */
export async function buildIndexes(engine: Engine): Promise<void> {
  await AUDIT_EVENTS(engine);
  await REPEATED_EVENTS(engine);
  await USER_LABELS(engine);
}

function index<Row>({ version, rows, add }: Index<Row>): (engine: Engine) => Promise<void> {
  const key = textKey(version);
  return async (engine) => {
    if (engine.snapshot(({ counters }) => counters.doesExist(key))) return;
    let after: Buffer | undefined;
    do {
      const range = { ...(after && { start: after, exclusiveStart: true }), limit: BATCH };
      after = await engine.write(undefined, (tables) => {
        const entries = [...rows(tables).getRange(range)];
        for (const { value } of entries) add(tables, value);
        return entries.length === BATCH ? entries.at(-1)?.key : undefined;
      });
      await nextIteration();
    } while (after !== undefined);
    await engine.write(undefined, ({ counters }) => counters.put(key, 1));
  };
}
