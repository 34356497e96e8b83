import pino from 'pino';
import type { AuditEvent } from '../../../src/auth/audit/audit-event';
import { DENIALS } from '../../../src/composition/core';
import { AuditTrail } from '../../../src/observability/audit-trail';
import { SourceLimiter } from '../../../src/transport/limits/source-limiter';
import { anId } from '../../support/domain/builders';
import { eventually } from '../../support/domain/eventually';

const EVENT = { type: 'login.failed', userId: 'u', actorId: '', ipAddress: '', requestId: '', reason: 'x' } as const;

/** A trail over a log that can be made to fail or to hang. */
function openTrail() {
  const written: AuditEvent[] = [];
  const lines: Record<string, unknown>[] = [];
  let behaviour: () => Promise<void> = async () => {};
  const auditLog = {
    append: async (events: readonly AuditEvent[]) => {
      await behaviour();
      written.push(...events);
    },
    list: async () => [],
  };
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const clock = { at: Date.now(), now: () => clock.at, monotonic: () => clock.at };
  const counted: string[] = [];
  const denials = new SourceLimiter(DENIALS, clock);
  const trail = new AuditTrail(auditLog, log, clock, { next: anId }, denials, (type) => void counted.push(type));
  const behave = (how: () => Promise<void>): void => {
    behaviour = how;
  };
  return { trail, written, lines, behave, clock, counted };
}

test('logs at once and writes soon after, in order, without anybody waiting', async () => {
  const { trail, written, lines } = openTrail();
  for (let i = 0; i < 1_200; i += 1) trail.record({ ...EVENT, reason: String(i) });
  expect(lines).toHaveLength(1_200);
  expect(written).toHaveLength(0);
  await eventually('all are written', () => written.length === 1_200);
  expect(written.map(({ reason }) => Number(reason))).toEqual([...Array(1_200).keys()]);
});

test('keeps events while the store is out of reach and writes them when it is back', async () => {
  const { trail, written, behave } = openTrail();
  behave(() => Promise.reject(new Error('down')));
  trail.record(EVENT);
  trail.record({ ...EVENT, reason: 'second' });
  await trail.flush();
  expect(written).toEqual([]);
  behave(async () => {});
  await eventually('both are written', () => written.length === 2);
});

test('drops the oldest when ten thousand wait, and says so', async () => {
  const { trail, written, lines, behave } = openTrail();
  behave(() => Promise.reject(new Error('down')));
  for (let i = 0; i < 10_005; i += 1) trail.record({ ...EVENT, reason: String(i) });
  behave(async () => {});
  await trail.flush();
  expect(written).toHaveLength(10_000);
  expect(written[0]?.reason).toBe('5');
  expect(lines).toContainEqual(expect.objectContaining({ dropped: 5 }));
});

test('close writes what waits; what cannot be written is said to be lost', async () => {
  const { trail, written } = openTrail();
  trail.record(EVENT);
  await trail.close();
  expect(written).toHaveLength(1);
  const broken = openTrail();
  broken.behave(() => Promise.reject(new Error('down')));
  broken.trail.record(EVENT);
  await broken.trail.close();
  expect(broken.lines).toContainEqual(expect.objectContaining({ lost: 1 }));
});

describe('denied roles', () => {
  const DENIED = { ...EVENT, type: 'role.denied' } as const;

  test('do not let one user fill the trail or the log, and go on for others [F4]', async () => {
    const { trail, written, lines, clock, counted } = openTrail();
    for (let i = 0; i < 1_000; i += 1) trail.record({ ...DENIED, userId: 'flooder' });
    trail.record({ ...DENIED, userId: 'another' });
    clock.at += 1_000;
    trail.record({ ...DENIED, userId: 'flooder' });
    await trail.flush();
    expect(written.map(({ userId }) => userId)).toEqual([...Array(60).fill('flooder'), 'another', 'flooder']);
    expect(lines).toHaveLength(62);
    expect(lines[60]).toMatchObject({ passed_over: 940 });
    expect(lines[61]).not.toHaveProperty('passed_over');
    expect(counted).toHaveLength(1_002);
  });

  test('events of another type are all kept', async () => {
    const { trail, written } = openTrail();
    for (let i = 0; i < 200; i += 1) trail.record(EVENT);
    await trail.flush();
    expect(written).toHaveLength(200);
  });
});
