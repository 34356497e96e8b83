import { type Answer, accept, refuse } from '../answer';
import { type Clock, systemClock } from '../clock';
import {
  type BatchValidateResponse,
  type BatchValidateResult,
  UserKind,
  type Principal as WirePrincipal,
} from '../gen/postern/auth/v1/auth_service';
import type { Principal } from '../principal';
import type { Reason } from '../reasons';

export type BatchValidate = (tokens: readonly string[], timeoutMs: number) => Promise<BatchValidateResponse>;

export interface BatcherOptions {
  /** How long a call may take. */
  readonly timeoutMs: number;
  /** How many tokens may wait and be asked about at once; more are UNAVAILABLE. */
  readonly maxTokens: number;
}

const MAX_TOKENS = 100;
/** The service takes messages of 128 KiB. */
const MAX_BYTES = 100 * 1024;
const MAX_WAIT_MS = 1;
/** While a call is under way the next one gathers callers until that ends, or for so long: a crowd costs two calls. */
const MAX_GATHERING_MS = 5;
/** Whoever asks later than this after a token was asked about wants to know of what happened since. */
const MAX_FLIGHT_AGE_MS = 200;
const MAX_CALLS = 16;
/** google.rpc.Code. */
const UNAUTHENTICATED = 16;
const REFUSALS: ReadonlySet<string> = new Set<Reason>([
  'INVALID_TOKEN',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'USER_INACTIVE',
]);

interface Flight {
  readonly token: string;
  readonly begunAt: number;
  readonly promise: Promise<Answer>;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Asks the service of many tokens at once: what comes within a millisecond, or 5 while a call is under way, is one
 * call; a token is asked of once.
 */
export class Batcher {
  readonly #flights = new Map<string, Flight>();
  #waiting: Flight[] = [];
  #waitingBytes = 0;
  #waitingSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #asked = 0;
  #running = 0;
  #calls = 0;

  constructor(
    private readonly batchValidate: BatchValidate,
    private readonly options: BatcherOptions,
    private readonly clock: Clock = systemClock,
  ) {}

  /** How many calls were made. */
  get calls(): number {
    return this.#calls;
  }

  /** What the service says of a token, also to those who ask while the answer is on its way. Never rejects. */
  ask(token: string): Promise<Answer> {
    const now = this.clock.monotonic();
    const known = this.#flights.get(token);
    if (known !== undefined && now - known.begunAt < MAX_FLIGHT_AGE_MS) return known.promise;
    if (this.#asked >= this.options.maxTokens) return Promise.resolve(refuse('UNAVAILABLE', 'remote'));
    const flight = startFlight(token, now);
    this.#flights.set(token, flight);
    this.#asked += 1;
    const bytes = Buffer.byteLength(token) + 8;
    if (this.#waiting.length === MAX_TOKENS || this.#waitingBytes + bytes > MAX_BYTES) this.#send();
    if (this.#waiting.length === 0) this.#waitingSince = now;
    this.#waiting.push(flight);
    this.#waitingBytes += bytes;
    this.#timer ??= setTimeout(() => this.#sendWhenDue(), MAX_WAIT_MS);
    return flight.promise;
  }

  #sendWhenDue(): void {
    const leftMs = this.#waitingSince + MAX_GATHERING_MS - this.clock.monotonic();
    if (this.#running === 0 || leftMs <= 0) this.#send();
    else this.#timer = setTimeout(() => this.#sendWhenDue(), Math.ceil(leftMs));
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (batch.length > 0) this.#start(batch);
  }

  readonly #queue: Flight[][] = [];

  #start(batch: Flight[]): void {
    if (this.#running >= MAX_CALLS) {
      this.#queue.push(batch);
      return;
    }
    this.#running += 1;
    this.#call(batch).finally(() => {
      this.#running -= 1;
      const next = this.#queue.shift();
      if (next !== undefined) this.#start(next);
      // Who came a moment ago waits for others first.
      else if (this.#running === 0 && this.clock.monotonic() - this.#waitingSince >= MAX_WAIT_MS) this.#send();
    });
  }

  async #call(batch: readonly Flight[]): Promise<void> {
    this.#calls += 1;
    let results: readonly BatchValidateResult[] = [];
    try {
      const tokens = batch.map(({ token }) => token);
      ({ results } = await this.batchValidate(tokens, this.options.timeoutMs));
      // An answer that does not fit the question says nothing of any token.
      if (results.length !== batch.length) results = [];
    } catch {
      // Whatever ended the call says nothing of any token either.
    }
    this.#asked -= batch.length;
    for (const [at, flight] of batch.entries()) {
      if (this.#flights.get(flight.token) === flight) this.#flights.delete(flight.token);
      flight.resolve(toAnswer(results[at]));
    }
  }
}

function startFlight(token: string, begunAt: number): Flight {
  let resolve: (answer: Answer) => void = () => {};
  const promise = new Promise<Answer>((settled) => {
    resolve = settled;
  });
  return { token, begunAt, promise, resolve };
}

function toAnswer(result: BatchValidateResult | undefined): Answer {
  const outcome = result?.outcome;
  if (outcome?.$case === 'error') {
    const { code, reason } = outcome.error;
    // Only this code says something of the token.
    if (code !== UNAUTHENTICATED) return refuse('UNAVAILABLE', 'remote');
    return refuse(REFUSALS.has(reason) ? (reason as Reason) : 'INVALID_TOKEN', 'remote');
  }
  const principal = outcome?.$case === 'principal' ? toPrincipal(outcome.principal) : undefined;
  return principal === undefined ? refuse('UNAVAILABLE', 'remote') : accept(principal, 'remote');
}

/** Undefined for somebody who is not fully told of: nobody is let through by half an answer. */
function toPrincipal(wire: WirePrincipal): Principal | undefined {
  const { userId, username, roles, sessionId, issuedAt, expiresAt, anonymous, kind, apiKeyId } = wire;
  if (anonymous || userId === '' || issuedAt === undefined || expiresAt === undefined) return undefined;
  return Object.freeze({
    userId,
    username,
    roles: Object.freeze(roles),
    sessionId,
    issuedAt,
    expiresAt,
    kind: kind === UserKind.USER_KIND_SERVICE ? 'service' : 'person',
    apiKeyId,
  });
}
