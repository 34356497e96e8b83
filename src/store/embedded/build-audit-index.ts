import { setImmediate as nextTurn } from 'node:timers/promises';
import { findSubject, subjectAndTypeKey } from './embedded-audit-log';
import type { Engine } from './engine';
import { textKey } from './keys';

const VERSION_KEY = textKey('auditIndexVersion');
const VERSION = 1;
/** Events per transaction: a few ms. */
const BATCH = 1_000;

/** Builds, once, the index by user and type of a store that was made before there was one. */
export async function buildAuditIndex(engine: Engine): Promise<void> {
  if ((engine.snapshot(({ counters }) => counters.get(VERSION_KEY)) ?? 0) >= VERSION) return;
  let after: Buffer | undefined;
  for (;;) {
    const range = { ...(after && { start: after, exclusiveStart: true }), limit: BATCH };
    const last = await engine.write(undefined, ({ auditEvents, auditByUserAndType }) => {
      const entries = [...auditEvents.getRange(range)];
      for (const { value: event } of entries)
        auditByUserAndType.put(subjectAndTypeKey(findSubject(event), event), true);
      return entries.length === BATCH ? entries.at(-1)?.key : undefined;
    });
    if (last === undefined) break;
    after = last;
    await nextTurn();
  }
  await engine.write(undefined, ({ counters }) => counters.put(VERSION_KEY, VERSION));
}
