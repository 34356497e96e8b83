import { status as Code } from '@grpc/grpc-js';
import { type Call, throwIfEnded } from '../../../src/auth/call';
import { systemClock } from '../../../src/auth/clock';
import { LoginRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { eventually } from '../../support/domain/eventually';
import { callRaw, SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const LOGIN = LoginRequest.encode({ username: 'ada', password: 'x', deviceName: '' }).finish();

let stub: StubServer;
afterEach(() => stub.stop());

/** A login that hangs until it is let go, and the call it was given. */
function hanging() {
  let release: () => void = () => {};
  let seen: (call: Call) => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const call = new Promise<Call>((resolve) => {
    seen = resolve;
  });
  const login = async (_request: unknown, given: Call) => {
    seen(given);
    await released;
    return { tokens: undefined, user: undefined };
  };
  return { login, call, release };
}

test('A call whose handler hangs is answered within REQUEST_TIMEOUT, and the late answer of the handler is dropped [E7]', async () => {
  const { login, call, release } = hanging();
  stub = await startStub({ auth: { login }, requestTimeoutMs: 100 });
  const { error } = await callRaw(stub.client, `${SERVICE}/Login`, LOGIN);
  expect(error?.code).toBe(Code.DEADLINE_EXCEEDED);
  const given = await call;
  expect(given.signal.aborted).toBe(true);
  expect(given.cancelled).toBe(false);
  release();
  await eventually('the line is there', () => stub.lines.length > 0);
  expect(stub.lines).toMatchObject([{ status: 'DEADLINE_EXCEEDED' }]);
});

test("A client's own deadline counts when it is smaller than REQUEST_TIMEOUT [E7]", async () => {
  const { login, call, release } = hanging();
  stub = await startStub({ auth: { login } });
  const { error } = await callRaw(stub.client, `${SERVICE}/Login`, LOGIN, { timeoutMs: 1_000 });
  expect(error?.code).toBe(Code.DEADLINE_EXCEEDED);
  const given = await call;
  expect(given.deadline - systemClock.monotonic()).toBeLessThanOrEqual(1_000);
  await eventually('the call has ended', () => given.signal.aborted);
  // A timer may fire a fraction of a millisecond early.
  await eventually('its time is over', () => systemClock.monotonic() >= given.deadline);
  expect(() => throwIfEnded(given, systemClock)).toThrow();
  release();
});

test('A call without a deadline gets REQUEST_TIMEOUT [E7]', async () => {
  const { login, call, release } = hanging();
  stub = await startStub({ auth: { login }, requestTimeoutMs: 3_000 });
  const answer = callRaw(stub.client, `${SERVICE}/Login`, LOGIN, { timeoutMs: 3_600_000 });
  const given = await call;
  const leftMs = given.deadline - systemClock.monotonic();
  expect(leftMs).toBeGreaterThan(2_000);
  expect(leftMs).toBeLessThanOrEqual(3_000);
  release();
  expect((await answer).error).toBeNull();
});

test('A call that its caller cancels turns `cancelled` and aborts its signal [E7]', async () => {
  const { login, call, release } = hanging();
  stub = await startStub({ auth: { login } });
  const { error } = await callRaw(stub.client, `${SERVICE}/Login`, LOGIN, { cancelAfter: call });
  expect(error?.code).toBe(Code.CANCELLED);
  const given = await call;
  await eventually('the server knows', () => given.cancelled);
  expect(given.signal.aborted).toBe(true);
  // A timer may fire a fraction of a millisecond early.
  await eventually('its time is over', () => systemClock.monotonic() >= given.deadline);
  expect(() => throwIfEnded(given, systemClock)).toThrow();
  release();
  expect(stub.lines).toMatchObject([{ status: 'CANCELLED' }]);
});

test('a failure after the deadline is still logged, and is no unhandled rejection', async () => {
  const { login, call, release } = hanging();
  const failing = async (request: unknown, given: Call) => {
    await login(request, given);
    throw new Error('too late');
  };
  stub = await startStub({ auth: { login: failing }, requestTimeoutMs: 50 });
  await callRaw(stub.client, `${SERVICE}/Login`, LOGIN);
  await call;
  release();
  await eventually('the failure is in the log', () => stub.text().includes('too late'));
  expect(stub.lines.filter((line) => line.duration_ms !== undefined)).toHaveLength(1);
});
