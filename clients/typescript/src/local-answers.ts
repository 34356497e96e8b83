import { type Accepted, type Answer, accept, refuse } from './answer';
import { isApiKeyText, isWholeApiKey } from './api-keys/api-key-text';
import { RememberedApiKeys } from './api-keys/remembered-api-keys';
import type { Clock } from './clock';
import type { Revocations } from './feed/revocations';
import type { KeySet } from './keys/key-set';
import type { VerificationKey } from './keys/verification-keys';
import type { CheckedOptions } from './options';
import type { Principal } from './principal';
import { copyText, TextCache } from './tokens/text-cache';
import { TokenHeaders } from './tokens/token-text';
import { verifyToken } from './tokens/token-verifier';

interface VerifiedToken {
  readonly text: string;
  /** By the claims alone. */
  readonly principal: Principal;
  readonly expiresAtMs: number;
  readonly key: VerificationKey;
  /** The last answer, and the revision of the feed it was found at. */
  answer: Answer;
  revision: number;
}

const INVALID = refuse('INVALID_TOKEN', 'local');
const EXPIRED = refuse('TOKEN_EXPIRED', 'local');
const ENTRY_BYTES = 2_000;

/**
 * What this process can tell of tokens by itself. `undefined` is always "it cannot": whoever asks goes to the service,
 * or says so.
 */
export class LocalAnswers {
  readonly #verified: TextCache<VerifiedToken>;
  readonly #headers: TokenHeaders;
  readonly #verifying = new Map<string, Promise<Answer | undefined>>();
  readonly apiKeys: RememberedApiKeys;

  /** @param isFresh whether the feed has told everything that may matter */
  constructor(
    private readonly options: CheckedOptions,
    private readonly keySet: KeySet,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    private readonly isFresh: () => boolean,
  ) {
    const { maxCachedTokens, tokenType } = options;
    this.#verified = new TextCache({ maxEntries: maxCachedTokens, maxBytes: maxCachedTokens * ENTRY_BYTES });
    this.#headers = new TokenHeaders(tokenType);
    this.apiKeys = new RememberedApiKeys(revocations, clock);
  }

  get cachedTokens(): number {
    return this.#verified.size;
  }

  isUsable(): boolean {
    return this.keySet.isUsable() && this.isFresh();
  }

  /** The answer for a token that was verified before, or an API key that was asked about. */
  recall(token: string): Answer | undefined {
    const entry = this.#verified.find(token);
    if (entry === undefined) {
      return isApiKeyText(token) && this.isFresh() ? this.apiKeys.find(token) : undefined;
    }
    return this.isUsable() && entry.key.isPublished ? this.#judge(entry) : undefined;
  }

  /** INVALID_TOKEN for a text that nobody need be asked about. */
  refuseUnread(token: unknown): Answer | undefined {
    if (typeof token !== 'string') return INVALID;
    const isWhole = isApiKeyText(token) ? isWholeApiKey(token) : this.#headers.read(token) !== undefined;
    return isWhole ? undefined : INVALID;
  }

  /** Verifies an access token that is new here; a token that is being verified is not verified twice. */
  verify(token: string): Promise<Answer | undefined> {
    let verifying = this.#verifying.get(token);
    if (verifying === undefined) {
      verifying = this.#verify(token).finally(() => this.#verifying.delete(token));
      this.#verifying.set(token, verifying);
    }
    return verifying;
  }

  /** What the feed says of somebody who was let through before. */
  judge(principal: Principal): Answer {
    const judgement = this.revocations.judge(principal);
    return typeof judgement === 'string' ? refuse(judgement, 'local') : accept(judgement, 'local');
  }

  async #verify(token: string): Promise<Answer | undefined> {
    const header = this.#headers.read(token);
    if (header === undefined) return INVALID;
    // Whoever can verify HS256 can forge it: this client never has that key.
    if (header.alg === 'HS256' || !this.isUsable()) return undefined;
    const key = header.kid === undefined ? undefined : await this.#findKey(header.kid);
    if (key === undefined) return this.#answerWithoutKey(header.kid);
    if (key.algorithm !== header.alg) return INVALID;
    const principal = await verifyToken(token, key, this.options, this.clock);
    if (principal === undefined) return INVALID;
    const expiresAtMs = principal.expiresAt.getTime();
    if (this.clock.now() >= expiresAtMs) return EXPIRED;
    // Revocations are not kept for so long.
    if (expiresAtMs - principal.issuedAt.getTime() > this.options.maxTokenLifetimeMs) return undefined;
    const answer = accept(principal, 'local');
    const entry = { text: copyText(token), principal, expiresAtMs, key, answer, revision: -1 };
    // Meanwhile the keys or the feed may have changed.
    if (!key.isPublished || !this.isUsable()) return undefined;
    this.#verified.add(entry);
    return this.#judge(entry);
  }

  /** Reads the keys again for one that is not among them. */
  async #findKey(kid: string): Promise<VerificationKey | undefined> {
    if (this.keySet.find(kid) === undefined) await this.keySet.refresh();
    return this.keySet.find(kid);
  }

  #answerWithoutKey(kid: string | undefined): Answer | undefined {
    const doesNotExist = kid === undefined || this.keySet.isCurrent();
    return doesNotExist ? INVALID : undefined;
  }

  #judge(entry: VerifiedToken): Answer {
    if (this.clock.now() >= entry.expiresAtMs) {
      this.#verified.delete(entry.text);
      return EXPIRED;
    }
    if (entry.revision !== this.revocations.revision) this.#renew(entry);
    return entry.answer;
  }

  /** A principal that has not changed stays the same object. */
  #renew(entry: VerifiedToken): void {
    const { principal, answer } = entry;
    const judgement = this.revocations.judge(principal);
    entry.revision = this.revocations.revision;
    if (typeof judgement === 'string') entry.answer = refuse(judgement, 'local');
    else if (!answer.ok || !hasRoles((answer as Accepted).principal, judgement.roles))
      entry.answer = accept(judgement, 'local');
  }
}

function hasRoles(principal: Principal, roles: readonly string[]): boolean {
  return principal.roles.length === roles.length && roles.every((role, at) => role === principal.roles[at]);
}
