import pino from 'pino';
import type { AuditEvent } from '../../../src/auth/audit/audit-event';
import { REFUSALS_OF_USER } from '../../../src/composition/core';
import { createIds } from '../../../src/crypto/ids/ids';
import { AuditTrail } from '../../../src/observability/audit-trail';
import { limitKey } from '../../../src/transport/limits/source-address';
import { SourceLimiter } from '../../../src/transport/limits/source-limiter';
import { eventually } from '../../support/domain/eventually';

const EVENT = {
  type: 'login.failed',
  userId: 'u',
  username: '',
  loginDigest: '',
  actorId: '',
  ipAddress: '',
  requestId: '',
  reason: 'x',
} as const;

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
  const denials = new SourceLimiter(REFUSALS_OF_USER, clock);
  const trail = new AuditTrail(auditLog, log, clock, createIds(), denials, limitKey, (type) => void counted.push(type));
  const behave = (how: () => Promise<void>): void => {
    behaviour = how;
  };
  return { trail, written, lines, behave, clock, counted };
}

test('The audit trail logs at once and writes soon after, in order, without delaying a call', async () => {
  const { trail, written, lines } = openTrail();
  for (let i = 0; i < 1_200; i += 1) trail.record({ ...EVENT, reason: String(i) });
  expect(lines).toHaveLength(1_200);
  expect(written).toHaveLength(0);
  await eventually('all are written', () => written.length === 1_200);
  expect(written.map(({ reason }) => Number(reason))).toEqual([...Array(1_200).keys()]);
});

test('The audit trail sums up failed logins of ever other names of one source, and loses neither the first nor the last', async () => {
  const { trail, written, clock } = openTrail();
  const failed = (n: number) =>
    ({
      ...EVENT,
      type: 'login.failed',
      userId: '',
      username: '',
      loginDigest: `digest-${n}`,
      reason: 'unknown_user',
    }) as const;
  for (let n = 0; n < 300; n += 1) trail.record(failed(n));
  clock.at += 500;
  trail.record(failed(300));
  await trail.close();
  const named = written.filter(({ loginDigest }) => loginDigest !== '');
  expect(named).toHaveLength(60);
  const rest = written.filter(({ loginDigest }) => loginDigest === '').at(-1);
  expect(rest).toMatchObject({ count: 241, lastOccurredAt: new Date(clock.at) });
  expect(rest?.occurredAt.getTime()).toBe(clock.at - 500);
});

test('The audit trail sums up what comes from ever other addresses of one IPv6 network, and keeps the first address', async () => {
  const { trail, written, clock } = openTrail();
  for (let n = 1; n <= 200; n += 1) trail.record({ ...EVENT, userId: 'known', ipAddress: `2001:db8::${n}` });
  for (let n = 1; n <= 200; n += 1) {
    trail.record({ ...EVENT, userId: '', loginDigest: `digest-${n}`, ipAddress: `2001:db8::${n}` });
  }
  clock.at += 1;
  trail.record({ ...EVENT, userId: 'known', ipAddress: '2001:db8:0:1::1' });
  await trail.close();
  const known = written.filter(({ userId }) => userId === 'known');
  expect(known.map(({ ipAddress, count }) => [ipAddress, count])).toEqual([
    ['2001:db8::1', 200],
    ['2001:db8:0:1::1', 1],
  ]);
  // As many names as a source may begin, and one event for all others.
  expect(written.filter(({ userId }) => userId === '')).toHaveLength(61);
});

test.each([
  'password.reset_requested',
  'email.verification_requested',
] as const)('%s again and again is one event of the account and source, and one of an admin', async (type) => {
  const { trail, written } = openTrail();
  for (let n = 0; n < 100; n += 1) trail.record({ ...EVENT, type, reason: '' });
  trail.record({ ...EVENT, type, reason: '', actorId: 'admin' });
  await trail.close();
  expect(written.map(({ actorId, count }) => [actorId, count])).toEqual([
    ['', 100],
    ['admin', 1],
  ]);
});

test('The audit trail keeps events while the store is out of reach and writes them when it is back', async () => {
  const { trail, written, behave } = openTrail();
  behave(() => Promise.reject(new Error('down')));
  trail.record(EVENT);
  trail.record({ ...EVENT, reason: 'second' });
  await trail.flush();
  expect(written).toEqual([]);
  behave(async () => {});
  await eventually('both are written', () => written.length === 2);
});

test('The audit trail drops the oldest when ten thousand wait, and says so', async () => {
  const { trail, written, lines, behave } = openTrail();
  behave(() => Promise.reject(new Error('down')));
  for (let i = 0; i < 10_005; i += 1) trail.record({ ...EVENT, reason: String(i) });
  behave(async () => {});
  await trail.flush();
  expect(written).toHaveLength(10_000);
  expect(written[0]?.reason).toBe('5');
  expect(lines).toContainEqual(expect.objectContaining({ dropped: 5 }));
});

test('Closing the audit trail writes what waits; what cannot be written is said to be lost', async () => {
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
    expect(written.map(({ userId, count }) => [userId, count])).toEqual([
      ['flooder', 1_001],
      ['another', 1],
    ]);
    expect(lines).toHaveLength(62);
    expect(lines[60]).toMatchObject({ passed_over: 940 });
    expect(lines[61]).not.toHaveProperty('passed_over');
    expect(counted).toHaveLength(1_002);
  });

  test.each([
    'role.denied',
    'api_key.refused',
  ] as const)('%s from ever other addresses begin at most 60 events of one user at once [F4]', async (type) => {
    const { trail, written, clock } = openTrail();
    for (let i = 0; i < 200; i += 1) trail.record({ ...EVENT, type, ipAddress: `2001:db8:0:${i}::1` });
    await trail.flush();
    expect(written).toHaveLength(60);
    clock.at += 1_000;
    trail.record({ ...EVENT, type, ipAddress: '192.0.2.1' });
    await trail.flush();
    expect(written).toHaveLength(61);
  });
});

describe('Repeated refusals', () => {
  test('of one kind, account and source are one event with the count, the first and the last time [F4]', async () => {
    const { trail, written, clock, lines } = openTrail();
    const first = new Date(clock.at);
    for (let i = 0; i < 200; i += 1) {
      clock.at += i === 0 ? 0 : 10;
      trail.record({ ...EVENT, requestId: `request-${i}` });
    }
    await trail.flush();
    const last = new Date(clock.at);
    expect(written).toEqual([
      expect.objectContaining({ count: 200, occurredAt: first, lastOccurredAt: last, requestId: 'request-0' }),
    ]);
    expect(lines).toHaveLength(200);
    clock.at += 5_000;
    trail.record(EVENT);
    await trail.flush();
    expect(written[1]).toEqual({ ...written[0], count: 201, lastOccurredAt: new Date(clock.at) });
  });

  test.each([
    { type: 'login.rate_limited' },
    { userId: 'v' },
    { loginDigest: 'digest' },
    { ipAddress: '192.0.2.9' },
    { reason: 'y' },
  ] as const)('that differ in %j are events of their own', async (other) => {
    const { trail, written } = openTrail();
    trail.record(EVENT);
    trail.record({ ...EVENT, ...other });
    await trail.flush();
    expect(written.map(({ count }) => count)).toEqual([1, 1]);
  });

  test('begin a new event after ten minutes, and when the clock was set back', async () => {
    const { trail, written, clock } = openTrail();
    const start = clock.at;
    for (const at of [0, 599_999, 600_000, 599_000, 599_500]) {
      clock.at = start + at;
      trail.record(EVENT);
    }
    await trail.flush();
    const times = written.map((event) =>
      [event.occurredAt, event.lastOccurredAt].map((time) => time.getTime() - start),
    );
    expect(times).toEqual([
      [0, 599_999],
      [600_000, 600_000],
      [599_000, 599_500],
    ]);
    const ids = written.map(({ id }) => id);
    expect([...ids].sort()).toEqual([ids[0], ids[2], ids[1]]);
  });

  test('are not lost where the store was out of reach meanwhile', async () => {
    const { trail, written, behave } = openTrail();
    behave(() => Promise.reject(new Error('down')));
    trail.record(EVENT);
    await trail.flush();
    trail.record(EVENT);
    await trail.flush();
    behave(async () => {});
    trail.record(EVENT);
    await trail.flush();
    expect(written.map(({ count }) => count)).toEqual([3]);
  });

  test('of more accounts than are remembered are all written, and no other event is counted', async () => {
    const { trail, written } = openTrail();
    for (let round = 0; round < 2; round += 1) {
      for (let i = 0; i < 10_001; i += 1) {
        trail.record({ ...EVENT, userId: `user-${i}` });
        if (i % 5_000 === 0) await trail.flush();
      }
      await trail.flush();
    }
    expect(written.filter(({ count }) => count === 1)).toHaveLength(20_002);
    for (let i = 0; i < 5; i += 1) trail.record({ ...EVENT, type: 'login.succeeded' });
    await trail.flush();
    expect(written.slice(-5).map(({ type, count }) => [type, count])).toEqual(Array(5).fill(['login.succeeded', 1]));
  });
});
