import { type Answer, refuse } from './answer';
import type { Principal } from './principal';

export type Reviewed = 'goes on' | 'ended' | 'not yet';

/** A stream or a long request whose caller was let through. */
export interface OpenCall {
  readonly token: string;
  readonly principal: Principal;
  /** Looks at a new answer for the caller, and ends the call if it forbids it; `not yet`: it is to be asked again. */
  review(answer: Answer): Reviewed;
}

/** What is known of those who were let through. */
export interface Knowledge {
  /** Ms since the epoch. */
  now(): number;
  /** Ms since some moment; never set. */
  monotonic(): number;
  /** Whether `judge` knows everything that may matter. */
  isFresh(): boolean;
  /** Another number whenever `judge` may say something else. */
  revision(): number;
  judge(principal: Principal): Answer;
  ask(token: string): Promise<Answer>;
}

const TICK_MS = 200;
/** How often the service is asked of callers whom the feed does not vouch for. */
const ASK_EVERY_MS = 600;

interface Watched extends OpenCall {
  revision: number;
  /** When it was known for the last time that the caller may go on; by the monotonic clock. */
  knownAt: number;
  askedAt: number;
  isAsking: boolean;
}

/**
 * Ends open calls within a second of the revocation or the expiry of their token; also, as UNAVAILABLE, when nobody
 * could tell for longer than `maxStalenessMs` whether it still holds.
 */
export class OpenCalls {
  readonly #calls = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly maxStalenessMs: number,
  ) {}

  get size(): number {
    return this.#calls.size;
  }

  /** Watches over a call until it is ended, or the returned function is called. */
  add({ token, principal, review }: OpenCall): () => boolean {
    const now = this.knowledge.monotonic();
    const call: Watched = { token, principal, review, revision: -1, knownAt: now, askedAt: now, isAsking: false };
    this.#calls.add(call);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return () => this.#calls.delete(call);
  }

  /** Ends all of them. */
  close(): void {
    for (const call of [...this.#calls]) this.#review(call, refuse('UNAVAILABLE', 'local'));
    this.#calls.clear();
  }

  #tick(): void {
    if (this.#calls.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const wall = this.knowledge.now();
    const now = this.knowledge.monotonic();
    const isFresh = this.knowledge.isFresh();
    const revision = this.knowledge.revision();
    for (const call of [...this.#calls]) {
      if (wall >= call.principal.expiresAt.getTime()) this.#review(call, refuse('TOKEN_EXPIRED', 'local'));
      else if (isFresh) this.#judge(call, revision, now);
      else this.#ask(call, now);
    }
  }

  #judge(call: Watched, revision: number, now: number): void {
    call.knownAt = now;
    if (call.revision === revision) return;
    call.revision = revision;
    this.#review(call, this.knowledge.judge(call.principal));
  }

  #ask(call: Watched, now: number): void {
    if (now - call.knownAt > this.maxStalenessMs + ASK_EVERY_MS) this.#review(call, refuse('UNAVAILABLE', 'local'));
    if (call.isAsking || now - call.askedAt < ASK_EVERY_MS) return;
    call.isAsking = true;
    call.askedAt = now;
    void this.knowledge.ask(call.token).then((answer) => {
      call.isAsking = false;
      if (!this.#calls.has(call) || (!answer.ok && answer.reason === 'UNAVAILABLE')) return;
      call.knownAt = this.knowledge.monotonic();
      this.#review(call, answer);
    });
  }

  #review(call: Watched, answer: Answer): void {
    const reviewed = this.#calls.has(call) ? call.review(answer) : 'ended';
    if (reviewed === 'ended') this.#calls.delete(call);
    if (reviewed === 'not yet') call.revision = -1;
  }
}
