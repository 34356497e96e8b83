import { percentile } from '../statistics';

/** A revocation feed that cannot be run here, and what its parts cost, as measured where they can. */
export interface FeedDesign {
  readonly replicas: number;
  /** Revocations that all replicas together append each second. */
  readonly perSecond: number;
  /** How long a replica gathers what it appends into one document, in ms; 0: each revocation is one. */
  readonly gatherMs: number;
  /** What follows the database: every replica, or a few relays that pass on to the replicas what they hear. */
  readonly followers: number;
  /** Cores that the database has for the feed. */
  readonly cores: number;
  /** CPU of the database for each document that is written, in us. */
  readonly writeUs: number;
  /** CPU of the database for each document and follower, in us. */
  readonly followUs: number;
}

export interface FeedOutcome {
  /** From the call to the last follower, in ms, of what was heard. */
  readonly delayP99Ms: number;
  /** How late the feed is at the end, in ms: where it grows with the time, the database cannot keep up. */
  readonly behindMs: number;
  /** Cores that the database was busy with. */
  readonly busyCores: number;
}

const TICK_MS = 1;

/**
 * Runs the feed in steps of a millisecond: replicas append at random times, the database takes the documents one after
 * the other with all its cores, and a document is heard when the last follower has it. Networks and the work of the
 * followers are left out: both are small beside it.
 */
export function simulateFeed(design: FeedDesign, seconds = 20, random = generator(1)): FeedOutcome {
  const perTick = (design.perSecond * TICK_MS) / 1_000;
  const replicas = new Replicas(design, random);
  const database = new Database(design);
  let owed = 0;
  let now = 0;
  for (; now < seconds * 1_000; now += TICK_MS) {
    for (owed += perTick; owed >= 1; owed -= 1) replicas.append(now);
    database.take(replicas.send(now));
    database.work(now);
  }
  return database.outcome(now);
}

/** What replicas append goes out at once, or after it was gathered for a while. */
class Replicas {
  /** By replica: when the first revocation came of those that go out together. */
  readonly #gathering = new Map<number, number>();
  #due: number[] = [];

  constructor(
    private readonly design: FeedDesign,
    private readonly random: () => number,
  ) {}

  append(now: number): void {
    const replica = Math.floor(this.random() * this.design.replicas);
    if (this.design.gatherMs === 0) this.#due.push(now);
    else if (!this.#gathering.has(replica)) this.#gathering.set(replica, now);
  }

  /** The documents that go out now: when the call came that waits the longest for each. */
  send(now: number): number[] {
    const due = this.#due;
    this.#due = [];
    for (const [replica, since] of this.#gathering) {
      if (now - since < this.design.gatherMs) continue;
      this.#gathering.delete(replica);
      due.push(since);
    }
    return due;
  }
}

class Database {
  readonly #documentUs: number;
  readonly #capacityUs: number;
  readonly #waiting: { readonly calledAt: number; leftUs: number }[] = [];
  readonly #delays: number[] = [];
  #next = 0;
  #busyUs = 0;

  constructor({ writeUs, followers, followUs, cores }: FeedDesign) {
    this.#documentUs = writeUs + followers * followUs;
    this.#capacityUs = cores * TICK_MS * 1_000;
  }

  take(documents: readonly number[]): void {
    for (const calledAt of documents) this.#waiting.push({ calledAt, leftUs: this.#documentUs });
  }

  work(now: number): void {
    let leftUs = this.#capacityUs;
    while (leftUs > 0) {
      const document = this.#waiting[this.#next];
      if (document === undefined) break;
      const done = Math.min(leftUs, document.leftUs);
      document.leftUs -= done;
      leftUs -= done;
      if (document.leftUs > 0) break;
      this.#delays.push(now + TICK_MS - document.calledAt);
      this.#next += 1;
    }
    this.#busyUs += this.#capacityUs - leftUs;
  }

  outcome(now: number): FeedOutcome {
    const oldest = this.#waiting[this.#next];
    return {
      delayP99Ms: percentile(this.#delays, 0.99),
      behindMs: oldest === undefined ? 0 : now - oldest.calledAt,
      busyCores: this.#busyUs / (now * 1_000),
    };
  }
}

/** Random numbers from 0 to 1, the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
