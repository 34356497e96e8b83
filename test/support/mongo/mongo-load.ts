import { setTimeout as pause } from 'node:timers/promises';
import { AuthError } from '../../../src/auth/errors';
import type { Store } from '../../../src/store/store';
import { aSession, aUser } from '../domain/builders';
import { testCall } from '../domain/call';

const PATIENCE_MS = 2_000;
const OVERTIME_MS = 600;

/** What a load of inserts and rotations had acknowledged, and how it fared. */
export class StoreLoad {
  readonly users: string[] = [];
  readonly takenTwice: string[] = [];
  /** Session id -> the generations whose rotation away was acknowledged, with how often. */
  readonly rotations = new Map<string, Map<number, number>>();
  readonly unexpected: unknown[] = [];
  overtime = 0;
  /** The longest time without any acknowledgement, in ms. */
  longestGapMs = 0;
  acknowledged = 0;
  #lastAt = Date.now();
  #running = true;
  #workers: Promise<void>[] = [];

  constructor(private readonly stores: readonly Store[]) {}

  async start(): Promise<void> {
    for (const [index, store] of this.stores.entries()) {
      for (let i = 0; i < 4; i += 1) this.#workers.push(this.#keepInserting(store));
      // Both replicas rotate one session against each other.
      const session = aSession();
      await store.sessions.insert(session, testCall());
      this.rotations.set(session.id, new Map());
      for (const rival of this.stores)
        this.#workers.push(this.#keepRotating(rival, session.id, session.saltHash, index));
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #keepInserting(store: Store): Promise<void> {
    while (this.#running) {
      const user = aUser();
      const rival = aUser({ email: user.email.toUpperCase() });
      const first = await this.#try((call) => store.users.insert(user, call));
      if (first.done) this.users.push(user.id);
      const second = await this.#try((call) => store.users.insert(rival, call));
      if (first.done && second.done) this.takenTwice.push(user.email);
      await pause(5);
    }
  }

  async #keepRotating(store: Store, id: string, saltHash: string, seed: number): Promise<void> {
    const acknowledged = this.rotations.get(id) ?? new Map<number, number>();
    while (this.#running) {
      const found = await this.#try((call) => store.sessions.find(id, call));
      const from = found.value?.generation;
      if (from !== undefined) {
        const rotation = { from, saltHash, refreshKeyId: `k${seed}`, ipAddress: '192.0.2.7' };
        const expiresAt = new Date(Date.now() + 3_600_000);
        const rotated = await this.#try((call) =>
          store.sessions.rotate(id, { ...rotation, at: Date.now(), expiresAt }, call),
        );
        if (rotated.value !== undefined) acknowledged.set(from, (acknowledged.get(from) ?? 0) + 1);
      }
      await pause(5);
    }
  }

  async #try<T>(work: (call: ReturnType<typeof testCall>) => Promise<T>): Promise<{ done: boolean; value?: T }> {
    const begun = Date.now();
    try {
      const value = await work(testCall({ deadline: begun + PATIENCE_MS }));
      const now = Date.now();
      this.longestGapMs = Math.max(this.longestGapMs, now - this.#lastAt);
      this.#lastAt = now;
      this.acknowledged += 1;
      return { done: true, value };
    } catch (error) {
      if (!(error instanceof AuthError)) this.unexpected.push(error);
      await pause(20);
      return { done: false };
    } finally {
      if (Date.now() - begun > PATIENCE_MS + OVERTIME_MS) this.overtime += 1;
    }
  }
}
