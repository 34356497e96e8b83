import type { Answer } from './answer';
import { refuse } from './answer';
import { isApiKeyText } from './api-keys/api-key-text';
import type { Authenticator } from './authenticator';
import { type Clock, systemClock } from './clock';
import { Revocations } from './feed/revocations';
import { type FeedError, Watch } from './feed/watch';
import { KeySet } from './keys/key-set';
import { readBounded } from './keys/read-bounded';
import { LocalAnswers } from './local-answers';
import { OpenCalls } from './open-calls';
import { type CheckedOptions, checkOptions, type PosternOptions } from './options';
import type { Principal } from './principal';
import { PosternError } from './reasons';
import { Batcher } from './remote/batcher';
import { ServiceChannel } from './remote/service-channel';
import { AnswerCounter, type ClientStats } from './stats';

const MAX_ASKED_TOKENS = 10_000;
/** Beside the life of a token: clocks that are apart, and what is under way. */
const RETENTION_SLACK_MS = 60_000;
const READY_POLL_MS = 20;
const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;

/** Answers who is behind an access token or an API key, from memory where it can. Open one for each process. */
export class PosternClient implements Authenticator {
  readonly openCalls: OpenCalls;
  readonly #options: CheckedOptions;
  readonly #channel: ServiceChannel;
  readonly #batcher: Batcher;
  readonly #keySet: KeySet;
  readonly #revocations: Revocations;
  readonly #watch: Watch;
  readonly #local: LocalAnswers;
  readonly #counter = new AnswerCounter();
  readonly #clock: Clock;
  #isClosed = false;
  #isWarned = false;

  /** @internal Use `connect`. */
  constructor(options: PosternOptions, clock: Clock = systemClock) {
    this.#options = checkOptions(options);
    this.#clock = clock;
    const { address, apiKey, credentials, jwksUrl, callTimeoutMs: timeoutMs, maxTokenLifetimeMs } = this.#options;
    this.#channel = new ServiceChannel({ address, apiKey, credentials });
    const batchValidate = this.#channel.batchValidate.bind(this.#channel);
    this.#batcher = new Batcher(batchValidate, { timeoutMs, maxTokens: MAX_ASKED_TOKENS });
    this.#keySet = new KeySet(() => readBounded(jwksUrl), clock);
    this.#revocations = new Revocations(clock, maxTokenLifetimeMs + RETENTION_SLACK_MS);
    this.#watch = new Watch(this.#channel, this.#revocations, clock, (error) => this.#warnOfRefusal(error));
    const isFresh = (): boolean => this.#watch.staleness() < this.#options.maxStalenessMs;
    this.#local = new LocalAnswers(this.#options, this.#keySet, this.#revocations, clock, isFresh);
    this.openCalls = new OpenCalls(
      {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        isFresh,
        revision: () => this.#revocations.revision,
        judge: (principal) => this.#local.judge(principal),
        ask: (token) => this.answer(token),
      },
      this.#options.maxStalenessMs,
    );
    if (this.#options.mode === 'remote') return;
    this.#keySet.open();
    this.#watch.open();
  }

  /** Who is behind a token or an API key. @throws PosternError with the reason why nobody is */
  async validate(token: string): Promise<Principal> {
    const answer = this.answerNow(token) ?? (await this.#answerSlowly(token));
    if (answer.ok) return answer.principal;
    throw new PosternError(answer.reason);
  }

  /** What `validate` says, as a value. Never rejects. */
  answer(token: string): Promise<Answer> {
    const answer = this.answerNow(token);
    return answer === undefined ? this.#answerSlowly(token) : Promise.resolve(answer);
  }

  /** The answer, if it is in memory: no promise is made. */
  answerNow(token: string): Answer | undefined {
    if (this.#options.mode === 'remote' || this.#isClosed || typeof token !== 'string') return undefined;
    const answer = this.#local.recall(token);
    if (answer !== undefined) this.#counter.count(answer);
    return answer;
  }

  /**
   * Resolves when tokens are answered from memory, `mode: 'remote'` at once. @throws Error that says what stands in the
   * way, after `timeoutMs`
   */
  async ready(timeoutMs = 10_000): Promise<void> {
    const deadline = this.#clock.monotonic() + timeoutMs;
    while (this.#options.mode !== 'remote' && !this.#local.isUsable()) {
      if (this.#isClosed) throw new Error('The client is closed');
      if (this.#clock.monotonic() >= deadline) throw new Error(`Tokens cannot be answered here: ${this.#obstacle()}`);
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
  }

  stats(): ClientStats {
    const { reconnects, lastError } = this.#watch.stats();
    const keySet = this.#keySet.stats();
    return {
      answers: this.#counter.counts(),
      isLocal: this.#options.mode !== 'remote' && this.#local.isUsable(),
      stalenessMs: this.#watch.staleness(),
      watchReconnects: reconnects,
      lastWatchError: lastError?.message,
      cachedTokens: this.#local.cachedTokens,
      cachedApiKeys: this.#local.apiKeys.size,
      knownRevocations: this.#revocations.size,
      batchCalls: this.#batcher.calls,
      keySetReads: keySet.reads,
      lastKeySetError: keySet.lastError?.message,
      openCalls: this.openCalls.size,
    };
  }

  /** From now on every answer is UNAVAILABLE. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#keySet.close();
    this.openCalls.close();
    this.#channel.close();
  }

  async #answerSlowly(token: string): Promise<Answer> {
    const answer = this.#isClosed ? refuse('UNAVAILABLE', 'local') : await this.#find(token);
    this.#counter.count(answer);
    return answer;
  }

  async #find(token: string): Promise<Answer> {
    const { mode } = this.#options;
    const refused = this.#local.refuseUnread(token);
    if (refused !== undefined) return refused;
    const isApiKey = isApiKeyText(token);
    const answer = mode === 'remote' || isApiKey ? undefined : await this.#local.verify(token);
    if (answer !== undefined) return answer;
    if (mode === 'local') return refuse('UNAVAILABLE', 'local');
    const askedAt = this.#clock.monotonic();
    const told = await this.#batcher.ask(token);
    if (!told.ok || mode !== 'auto') return told;
    // A replica that is cut off from its store may not have heard it. Sessions and API keys that have ended stay so.
    if (this.#revocations.hasEnded(told.principal.sessionId)) return refuse('TOKEN_REVOKED', 'local');
    if (isApiKey) this.#local.apiKeys.add(token, told, askedAt);
    return told;
  }

  #obstacle(): string {
    const watchError = this.#watch.stats().lastError?.message;
    const keyError = this.#keySet.stats().lastError?.message;
    if (watchError !== undefined) return `the feed of revocations: ${watchError}`;
    if (keyError !== undefined) return `the keys: ${keyError}`;
    return this.#keySet.isUsable() ? 'the feed has not caught up' : 'no keys are published (JWT_ALGORITHM=HS256?)';
  }

  /** A key that may not watch is a mistake of the set-up, and one that only costs time would stay unseen. */
  #warnOfRefusal({ code, message }: FeedError): void {
    if (this.#isWarned || (code !== UNAUTHENTICATED && code !== PERMISSION_DENIED)) return;
    this.#isWarned = true;
    const advice = 'every token is asked of the service; give an API key of a service account with the role service';
    process.emitWarning(`WatchRevocations is refused (${message}): ${advice}`, 'PosternWarning');
  }
}

/** Opens a client; it answers at once, by the service until it has read the keys and the feed. */
export function connect(options: PosternOptions): PosternClient {
  return new PosternClient(options);
}
