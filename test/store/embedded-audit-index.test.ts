import { join } from 'node:path';
import type { ListAuditEventsQuery } from '../../src/auth/audit/audit-log';
import { EmbeddedAuditLog } from '../../src/store/embedded/embedded-audit-log';
import { Engine } from '../../src/store/embedded/engine/engine';
import { textKey } from '../../src/store/embedded/engine/keys';
import type { Tables } from '../../src/store/embedded/engine/tables';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { anAuditEvent, anId } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { storeOptions, temporaryDirectory } from '../support/embedded/embedded';

const QUERY = { before: undefined, limit: 10 };

test('The embedded store builds the index by user and type of an earlier version, once', async () => {
  const directory = await temporaryDirectory();
  const userId = anId();
  const open = () => openEmbeddedStore(directory, storeOptions());
  const before = await open();
  const [changed] = [anAuditEvent({ userId, type: 'password.changed' })];
  await before.auditLog.append([changed]);
  for (let n = 0; n < 5; n += 1) {
    await before.auditLog.append(Array.from({ length: 500 }, () => anAuditEvent({ userId, type: 'login.failed' })));
  }
  await before.close();
  const engine = Engine.open(join(directory, 'data.mdb'), storeOptions());
  await engine.write(undefined, ({ counters, auditByUserAndType }) => {
    counters.remove(textKey('auditIndexVersion'));
    for (const key of [...auditByUserAndType.getKeys({})]) auditByUserAndType.remove(key);
  });
  await engine.close();
  for (const _ of ['first start', 'second start']) {
    const store = await open();
    expect(await store.auditLog.list({ ...QUERY, userId, type: 'password.changed' }, testCall())).toEqual([changed]);
    expect(await store.auditLog.list({ ...QUERY, userId, type: 'login.failed' }, testCall())).toHaveLength(10);
    await store.close();
  }
});

test('The embedded store reads of the audit log what a page needs, whatever else the user has done', async () => {
  const directory = await temporaryDirectory();
  const userId = anId();
  const store = await openEmbeddedStore(directory, storeOptions());
  const changed = anAuditEvent({ userId, type: 'password.changed' });
  await store.auditLog.append([changed]);
  for (let n = 0; n < 6; n += 1) {
    await store.auditLog.append(Array.from({ length: 500 }, () => anAuditEvent({ userId, type: 'login.failed' })));
  }
  await store.close();
  const engine = Engine.open(join(directory, 'data.mdb'), storeOptions());
  const rowsRead = async (query: Partial<ListAuditEventsQuery>) => {
    let rows = 0;
    const counting = {
      read: async (_call: unknown, look: (tables: Tables) => unknown) =>
        engine.snapshot((tables) => {
          const get = (key: Buffer) => {
            rows += 1;
            return tables.auditEvents.get(key);
          };
          return look({ ...tables, auditEvents: Object.assign(Object.create(tables.auditEvents), { get }) });
        }),
    };
    const log = new EmbeddedAuditLog(counting as never, storeOptions());
    await log.list({ ...QUERY, userId, type: undefined, ...query }, testCall());
    return rows;
  };
  expect(await rowsRead({ type: 'password.changed' })).toBe(1);
  expect(await rowsRead({ type: 'login.failed' })).toBeLessThanOrEqual(11);
  expect(await rowsRead({})).toBeLessThanOrEqual(11);
  await engine.close();
});
