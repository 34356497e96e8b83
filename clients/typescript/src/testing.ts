import { randomUUID } from 'node:crypto';
import { type Answer, accept, refuse } from './answer';
import type { Authenticator } from './authenticator';
import { OpenCalls } from './open-calls';
import { type Principal, withRoles } from './principal';
import { PosternError, type Reason } from './reasons';

/** Whom a token of the fake stands for; everything has a default. */
export type FakeUser = Partial<Principal>;

const LIFETIME_MS = 30 * 60_000;

/**
 * A client for unit tests: it knows the tokens that it made itself, and asks nobody. The middleware takes it where it
 * takes a client of `connect`.
 */
export class FakePostern implements Authenticator {
  readonly #answers = new Map<string, Answer>();
  #isUnavailable = false;
  #revision = 0;
  #tokens = 0;
  readonly openCalls = new OpenCalls(
    {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      isFresh: () => true,
      revision: () => this.#revision,
      judge: (principal) => this.#judge(principal),
      ask: (token) => this.answer(token),
    },
    Number.POSITIVE_INFINITY,
  );

  /** Makes a token. */
  signIn(user: FakeUser = {}): string {
    this.#tokens += 1;
    const token = `fake-token-${this.#tokens}`;
    const now = Date.now();
    const principal: Principal = {
      userId: randomUUID(),
      username: `user-${this.#tokens}`,
      roles: ['user'],
      sessionId: randomUUID(),
      issuedAt: new Date(now),
      expiresAt: new Date(now + LIFETIME_MS),
      kind: 'person',
      apiKeyId: '',
      ...user,
    };
    this.#answers.set(token, accept(Object.freeze(principal), 'local'));
    return token;
  }

  /** From now on the token is refused with this reason, and the streams that it opened end. */
  refuse(token: string, reason: Reason = 'TOKEN_REVOKED'): void {
    this.#set(token, refuse(reason, 'local'));
  }

  /** Gives the user of a token other roles. */
  setRoles(token: string, roles: readonly string[]): void {
    const answer = this.#answers.get(token);
    if (answer?.ok) this.#set(token, accept(withRoles(answer.principal, roles), 'local'));
  }

  /** Whether nobody can be answered for, as when the service is out of reach. */
  set unavailable(isUnavailable: boolean) {
    this.#isUnavailable = isUnavailable;
    this.#revision += 1;
  }

  answerNow(token: string): Answer {
    if (this.#isUnavailable) return refuse('UNAVAILABLE', 'local');
    const answer = this.#answers.get(token) ?? refuse('INVALID_TOKEN', 'local');
    const hasExpired = answer.ok && Date.now() >= answer.principal.expiresAt.getTime();
    return hasExpired ? refuse('TOKEN_EXPIRED', 'local') : answer;
  }

  async answer(token: string): Promise<Answer> {
    return this.answerNow(token);
  }

  /** @throws PosternError */
  async validate(token: string): Promise<Principal> {
    const answer = this.answerNow(token);
    if (answer.ok) return answer.principal;
    throw new PosternError(answer.reason);
  }

  /** Ends the streams that are open. */
  close(): void {
    this.openCalls.close();
  }

  readonly #sessions = new Map<string, Answer>();

  #set(token: string, answer: Answer): void {
    const before = this.#answers.get(token);
    if (before?.ok) this.#sessions.set(before.principal.sessionId, answer);
    this.#answers.set(token, answer);
    this.#revision += 1;
  }

  #judge(principal: Principal): Answer {
    if (this.#isUnavailable) return refuse('UNAVAILABLE', 'local');
    return this.#sessions.get(principal.sessionId) ?? accept(principal, 'local');
  }
}
