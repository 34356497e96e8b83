import type fc from 'fast-check';
import type { Call } from '../../src/auth/call';
import { AuthError, CallEndedError } from '../../src/auth/errors';
import type { Revocations } from '../../src/auth/revocation/revocations';
import { refresh } from '../../src/auth/sessions/refresh';
import type { RefreshTokens } from '../../src/auth/sessions/refresh-tokens';
import type { StoredSession } from '../../src/auth/sessions/stored-sessions';
import type { TokenPair } from '../../src/auth/sessions/token-pair';
import { createRefreshTokens } from '../../src/crypto/tokens/refresh-tokens';
import { aSession, aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { type Cluster, SECRETS } from './cluster';
import { type Answer, History, type Refreshing } from './history';
import type { Attempt, Plan } from './plan';
import { steppedDeps } from './stepped-deps';

export type Reply = Answer | { readonly kind: 'lost' };

/**
 * One session on two replicas, and everything that happens to it, one step at a time in the order that the scheduler
 * chooses.
 */
export class World {
  readonly history = new History();
  /** All refresh tokens that were given out, the first one first. */
  readonly tokens: string[] = [];
  readonly calls = new WeakMap<Call, Refreshing>();
  readonly refreshTokens: RefreshTokens;
  /** What each replica knows of the revocation feed. */
  readonly views: Revocations[] = [];
  /** The true time. */
  now: number;
  #scheduler: fc.Scheduler | undefined;
  readonly #offs = [0, 0];
  readonly #replicas: ((input: { refreshToken: string }, call: Call) => Promise<TokenPair>)[];
  readonly #settled: Promise<unknown>[] = [];
  readonly #crashes = new WeakMap<Refreshing, () => void>();

  private constructor(
    private readonly cluster: Cluster,
    scheduler: fc.Scheduler,
    readonly session: StoredSession,
    plan: Plan,
    private readonly salt: string,
  ) {
    this.#scheduler = scheduler;
    this.now = session.createdAt.getTime();
    const order = plan.secretsDiffer ? [SECRETS, [SECRETS[1], SECRETS[0]] as const] : [SECRETS, SECRETS];
    const makers = order.map(([current, previous]) => createRefreshTokens({ current, previous }));
    this.refreshTokens = makers[0] as RefreshTokens;
    this.#replicas = cluster.replicas.map(({ store, clock }, index) =>
      refresh(steppedDeps(this, store, clock, makers[index] as RefreshTokens, plan.graceMs)),
    );
    this.tokens.push(this.mint(session));
    this.pass(0);
  }

  static async open(cluster: Cluster, plan: Plan, scheduler: fc.Scheduler): Promise<World> {
    const tokens = createRefreshTokens({ current: SECRETS[0], previous: SECRETS[1] });
    const salt = tokens.newSalt();
    const user = aUser();
    const session = aSession({
      userId: user.id,
      saltHash: tokens.hashSalt(salt),
      refreshKeyId: tokens.currentKeyId,
      createdAt: new Date(),
    });
    const [first] = cluster.replicas;
    for (const { clock } of cluster.replicas) clock.set(session.createdAt.getTime());
    const call = testCall({ deadline: Number.MAX_SAFE_INTEGER });
    await Promise.all([first?.store.users.insert(user, call), first?.store.sessions.insert(session, call)]);
    return new World(cluster, scheduler, session, plan, salt);
  }

  pass(ms: number): void {
    this.now += ms;
    for (const [index, { clock }] of this.cluster.replicas.entries()) clock.set(this.now + (this.#offs[index] ?? 0));
  }

  setOff(replica: number, offMs: number): void {
    this.#offs[replica] = offMs;
    this.pass(0);
  }

  /** Does `work` when the scheduler gives it its turn, and nothing else meanwhile. */
  async turn<T>(label: string, work: () => Promise<T>): Promise<T> {
    if (this.#scheduler === undefined) return work();
    let outcome: (() => T) | undefined;
    await this.#scheduler.schedule(Promise.resolve(), label, undefined, async (release) => {
      outcome = await work().then(
        (value) => () => value,
        (error: unknown) => () => {
          throw error;
        },
      );
      await release();
    });
    if (outcome === undefined) throw new Error('The turn was not taken');
    return outcome();
  }

  /** From here on everything happens at once, and the clocks are right. */
  calm(): void {
    this.#scheduler = undefined;
    this.#offs.fill(0);
    this.pass(0);
  }

  /** The live token of the session as it is stored. */
  mint({ id: sessionId, userId, generation, refreshKeyId }: StoredSession): string {
    return this.refreshTokens.mint({ sessionId, userId, generation, salt: this.salt }, refreshKeyId);
  }

  /** Presents a token; resolves with what the client gets to know. */
  async present(refreshToken: string, { replica, mishap, patienceMs }: Attempt): Promise<Reply> {
    const clock = this.cluster.replicas[replica]?.clock;
    const arrivedAt = clock?.now() ?? 0;
    const call = testCall({ arrivedAt, deadline: (clock?.monotonic() ?? 0) + patienceMs });
    const generation = this.refreshTokens.open(refreshToken)?.generation ?? -1;
    const refreshing: Refreshing = { generation, mishap, call, arrived: this.history.moment(this.now) };
    if (mishap.kind === 'cancelled' && mishap.step === 0) refreshing.call.cancelled = true;
    this.history.calls.push(refreshing);
    this.calls.set(call, refreshing);
    const crashed = new Promise<Reply>((resolve) => {
      this.#crashes.set(refreshing, () => resolve({ kind: 'lost' }));
    });
    const running = this.#replicas[replica]?.({ refreshToken }, call) ?? Promise.reject(new Error('No such replica'));
    const settled = Promise.race([crashed, this.#classifyAnswer(running, refreshing)]);
    this.#settled.push(settled);
    if (mishap.kind !== 'reply lost') return settled;
    return this.turn('the client gives up', async () => ({ kind: 'lost' }));
  }

  crash(refreshing: Refreshing): Promise<never> {
    this.#crashes.get(refreshing)?.();
    return new Promise(() => {});
  }

  /** Resolves when every call has been answered, or its process has crashed. */
  async settled(): Promise<void> {
    await Promise.all(this.#settled);
  }

  async stored(): Promise<StoredSession> {
    const call = testCall({ deadline: Number.MAX_SAFE_INTEGER });
    const session = await this.cluster.replicas[0]?.store.sessions.find(this.session.id, call);
    if (session === undefined) throw new Error('The session is gone');
    return session;
  }

  async #classifyAnswer(running: Promise<TokenPair>, refreshing: Refreshing): Promise<Answer> {
    const answer = await running.then(({ refreshToken }): Answer => ({ kind: 'pair', refreshToken }), answerTo);
    if (answer.kind === 'pair' && !this.tokens.includes(answer.refreshToken)) this.tokens.push(answer.refreshToken);
    refreshing.answered = this.history.moment(this.now);
    refreshing.answer = answer;
    return answer;
  }
}

function answerTo(error: unknown): Answer {
  if (error instanceof CallEndedError) return { kind: 'over' };
  if (error instanceof AuthError && error.reason === 'INVALID_REFRESH_TOKEN') return { kind: 'refused' };
  if (error instanceof AuthError && error.reason === 'STORE_UNAVAILABLE') return { kind: 'unavailable' };
  throw error;
}
