import { setTimeout as pause } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import type { Outcome, ReplicaClient } from './replica-client';

const PATIENCE_MS = 1_500;
/** How much later than its deadline a client of this very busy process may notice it. */
const OVERTIME_MS = 1_000;
/** REFRESH_GRACE_SECONDS, less what a call needs to arrive on a busy machine. */
const GRACE_MS = 9_500;

/** A user whose session is refreshed again and again, as a client does that behaves. */
interface Refresher {
  readonly sessionId: string;
  readonly name: string;
  /** Acknowledged refresh tokens, the first one first. */
  readonly tokens: string[];
  /** The store was away for longer than the grace while the answer to a first use was lost: only a new login helps. */
  isTooLate: boolean;
}

/** Register and Refresh through several replicas at once; what was acknowledged, and how the callers fared. */
export class ReplicaLoad {
  /** Names whose Register was acknowledged. */
  readonly registered: string[] = [];
  /** Names that were acknowledged to two callers. */
  readonly takenTwice: string[] = [];
  readonly refreshers: Refresher[] = [];
  /** Well-behaved clients whose token was refused. */
  readonly loggedOut: string[] = [];
  readonly unexpected: string[] = [];
  overtime = 0;
  /** The longest time without any acknowledged Refresh or Register, in ms. */
  longestGapMs = 0;
  acknowledged = 0;
  #lastAt = Date.now();
  #running = true;
  readonly #workers: Promise<void>[] = [];

  constructor(private readonly clients: readonly [ReplicaClient, ReplicaClient]) {}

  async start(prefix: string): Promise<void> {
    const [first] = this.clients;
    for (let i = 0; i < 4; i += 1) {
      const name = `${prefix}-refresher-${i}`;
      await first.register(name);
      const { sessionId, refreshToken } = await first.login(name);
      this.refreshers.push({ sessionId, name, tokens: [refreshToken], isTooLate: false });
    }
    this.#lastAt = Date.now();
    for (const refresher of this.refreshers) this.#workers.push(this.#keepRefreshing(refresher));
    for (let i = 0; i < 2; i += 1) this.#workers.push(this.#keepRegistering(`${prefix}-${i}`));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  /** Both replicas are asked for one name at once. */
  async #keepRegistering(prefix: string): Promise<void> {
    for (let n = 0; this.#running; n += 1) {
      const name = `${prefix}-${n}`;
      const outcomes = await Promise.all(
        this.clients.map((client) => client.register(name, { patienceMs: PATIENCE_MS })),
      );
      for (const outcome of outcomes) this.#judge(outcome, [Status.ALREADY_EXISTS]);
      const winners = outcomes.filter(({ code }) => code === Status.OK).length;
      if (winners > 0) this.registered.push(name);
      if (winners > 1) this.takenTwice.push(name);
      await pause(20);
    }
  }

  async #keepRefreshing(refresher: Refresher): Promise<void> {
    const { tokens, name } = refresher;
    let firstUse = Date.now();
    for (let n = 0; this.#running; n += 1) {
      const token = tokens.at(-1) ?? '';
      const client = this.clients[n % 2] ?? this.clients[0];
      const sentAt = Date.now();
      const outcome = await client.refresh(token, { patienceMs: PATIENCE_MS });
      this.#judge(outcome, []);
      if (outcome.code === Status.UNAUTHENTICATED) {
        refresher.isTooLate = sentAt - firstUse > GRACE_MS;
        if (!refresher.isTooLate) this.loggedOut.push(name);
        return;
      }
      await pause(20);
      if (outcome.response === undefined) continue;
      tokens.push(outcome.response.refreshToken);
      firstUse = Date.now();
    }
  }

  #judge({ code, text, tookMs }: Outcome<unknown>, expected: readonly Status[]): void {
    if (tookMs > PATIENCE_MS + OVERTIME_MS) this.overtime += 1;
    if (code === Status.OK) {
      const now = Date.now();
      this.longestGapMs = Math.max(this.longestGapMs, now - this.#lastAt);
      this.#lastAt = now;
      this.acknowledged += 1;
    } else if (![Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED, Status.UNAUTHENTICATED, ...expected].includes(code)) {
      this.unexpected.push(text);
    }
  }
}
