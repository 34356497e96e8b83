import type { ServiceError } from '@grpc/grpc-js';
import { RetryInfo } from '../../../src/gen/google/rpc/error_details';
import { Status } from '../../../src/gen/google/rpc/status';
import { appCalls, refusal } from '../../support/grpc/app-calls';
import { ADMIN, type StartedApp, startApp } from '../../support/processes/start-app';

const CONCURRENCY = 2;
const QUEUE = 8;
const FLOOD = 40;

interface Outcome {
  /** 0 when the first try succeeded. */
  readonly waitedMs: number;
  readonly refusal: Awaited<ReturnType<typeof refusal>>;
  /** What the second try ended with. */
  readonly again: Awaited<ReturnType<typeof refusal>>;
}

let app: StartedApp;
let outcomes: Outcome[];
beforeAll(async () => {
  app = await startApp({
    HASH_CONCURRENCY: String(CONCURRENCY),
    HASH_QUEUE: String(QUEUE),
    LOGIN_MAX_FAILURES: '100',
  });
  const calls = appCalls(app);
  const login = () => calls.auth('login', { username: ADMIN.email, password: ADMIN.password, deviceName: '' });
  const one = async (): Promise<Outcome> => {
    const first = login();
    const answer = await refusal(first);
    const waitedMs = await first.then(() => 0, retryAfterMs);
    await new Promise((resolve) => setTimeout(resolve, waitedMs));
    return { waitedMs, refusal: answer, again: waitedMs === 0 ? answer : await refusal(login()) };
  };
  outcomes = await Promise.all(Array.from({ length: FLOOD }, one));
});
afterAll(() => app.stop());

function retryAfterMs(error: ServiceError): number {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const any = Status.decode(bytes as Buffer).details.find(({ typeUrl }) => typeUrl.endsWith('google.rpc.RetryInfo'));
  const { seconds = 0, nanos = 0 } = RetryInfo.decode(any?.value ?? Buffer.alloc(0)).retryDelay ?? {};
  return seconds * 1_000 + nanos / 1e6;
}

const refused = () => outcomes.filter(({ waitedMs }) => waitedMs > 0);

test('Login refuses calls that find the hash queue full as OVERLOADED [E9]', () => {
  expect(outcomes.length - refused().length).toBeGreaterThanOrEqual(CONCURRENCY + QUEUE);
  expect(refused().length).toBeGreaterThan(CONCURRENCY + QUEUE);
  for (const { refusal } of refused()) expect(refusal).toEqual(['RESOURCE_EXHAUSTED', 'OVERLOADED']);
});

test('A caller that waits as long as RetryInfo says gets in at the first attempt [E9]', () => {
  expect(outcomes.map(({ again }) => again)).toEqual(Array(FLOOD).fill(['OK', '']));
  // The time that so many logins take, not a way to be rid of them.
  expect(Math.max(...outcomes.map(({ waitedMs }) => waitedMs))).toBeLessThanOrEqual(5_000);
});

test('A refusal takes the service less than 50 ms, however long the hashes before it take [E9]', async () => {
  const slow = await startApp({ HASH_CONCURRENCY: '1', HASH_QUEUE: '1', ARGON2_TIME: '20', LOGIN_MAX_FAILURES: '100' });
  const calls = appCalls(slow);
  const login = () => calls.auth('login', { username: ADMIN.email, password: ADMIN.password, deviceName: '' });
  const accepted = [login(), login()];
  for (let i = 0; i < 5; i += 1) expect(await refusal(login())).toEqual(['RESOURCE_EXHAUSTED', 'OVERLOADED']);
  const lines = slow.lines().filter(({ method }) => String(method).endsWith('/Login'));
  await Promise.all(accepted);
  await slow.stop();
  expect(lines.map(({ reason }) => reason)).toEqual(Array(5).fill('OVERLOADED'));
  // As the service itself logs it, and the least of them: what else the machine does can only add.
  expect(Math.min(...lines.map(({ duration_ms }) => Number(duration_ms)))).toBeLessThan(50);
});
