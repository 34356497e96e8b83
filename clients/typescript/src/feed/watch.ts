import type { Clock } from '../clock';
import type { Revocation, WatchRevocationsResponse } from '../gen/postern/auth/v1/auth_service';
import { Backoff } from './backoff';
import { Freshness } from './freshness';
import type { Revocations } from './revocations';

/** One open stream of WatchRevocations. */
export interface FeedStream {
  cancel(): void;
}

export interface FeedListener {
  onMessage(message: WatchRevocationsResponse): void;
  /** Once, at the end. */
  onEnd(error: FeedError): void;
}

/** Why a stream ended. */
export interface FeedError {
  /** A google.rpc.Code. */
  readonly code: number;
  readonly message: string;
}

/** Where streams come from. */
export interface FeedSource {
  open(resumeToken: string, listener: FeedListener): FeedStream;
  /** The connection answers nothing: the next stream is to go over another one. */
  replaceConnection(): void;
}

const INVALID_ARGUMENT = 3;
const UNAVAILABLE = 14;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
/** There is a heartbeat every second. */
const SILENCE_MS = 3_500;
/** What a full list may take until its first message. */
const OPENING_MS = 5_000;
/** After a longer time without word the feed is read from its beginning. Longer than any `maxStalenessMs`. */
const RESUME_MS = 90_000;
const EVICT_MS = 10_000;
/** The longest pause after a refusal of the key: only a person can mend it. */
const MAX_REFUSED_PAUSE_MS = 15_000;

/** Follows the feed for as long as it is open, over as many streams as that takes. */
export class Watch {
  readonly #freshness: Freshness;
  readonly #backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
  #stream: FeedStream | undefined;
  #resumeToken = '';
  #isCaughtUp = false;
  /** Whether everything known before this stream has come over it. */
  #isStreamCaughtUp = false;
  #timer: NodeJS.Timeout | undefined;
  #evictTimer: NodeJS.Timeout | undefined;
  #lastMessageAt = Number.NEGATIVE_INFINITY;
  #streams = 0;
  #isClosed = false;
  #lastError: FeedError | undefined;

  constructor(
    private readonly source: FeedSource,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    private readonly onRefused: (error: FeedError) => void = () => {},
  ) {
    this.#freshness = new Freshness(clock);
  }

  open(): void {
    this.#evictTimer = setInterval(() => this.revocations.evictExpired(), EVICT_MS).unref();
    this.#openStream();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#evictTimer);
    this.#stream?.cancel();
    this.#stream = undefined;
    this.#isCaughtUp = false;
  }

  /** How old what is known is, in ms; Infinity as long as not everything is known. */
  staleness(): number {
    return this.#isCaughtUp ? this.#freshness.staleness() : Number.POSITIVE_INFINITY;
  }

  /** How often a stream was opened after the first, and why the last one ended. */
  stats(): { readonly reconnects: number; readonly lastError: FeedError | undefined } {
    return { reconnects: Math.max(0, this.#streams - 1), lastError: this.#lastError };
  }

  #openStream(): void {
    if (this.#isClosed) return;
    this.#streams += 1;
    if (this.#resumeToken === '' || this.clock.monotonic() - this.#lastMessageAt > RESUME_MS) this.#startOver();
    this.#isStreamCaughtUp = false;
    this.#freshness.startStream();
    const stream = this.source.open(this.#resumeToken, {
      onMessage: (message) => {
        if (this.#stream === stream) this.#onMessage(message);
      },
      onEnd: (error) => {
        if (this.#stream === stream) this.#onEnd(error);
      },
    });
    this.#stream = stream;
    this.#expectMessageWithin(OPENING_MS);
  }

  #startOver(): void {
    this.#resumeToken = '';
    this.#isCaughtUp = false;
    this.revocations.clear();
  }

  #expectMessageWithin(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.source.replaceConnection();
      this.#onEnd({ code: UNAVAILABLE, message: `Nothing came for ${ms} ms` });
    }, ms).unref();
  }

  #onEnd(error: FeedError): void {
    this.#stream?.cancel();
    this.#stream = undefined;
    if (this.#isClosed) return;
    this.#lastError = error;
    // The resume token is of another service, or of one that has forgotten it.
    if (error.code === INVALID_ARGUMENT) this.#startOver();
    this.onRefused(error);
    clearTimeout(this.#timer);
    const isRefused = error.code === UNAUTHENTICATED || error.code === PERMISSION_DENIED;
    const pauseMs = this.#backoff.next(isRefused ? MAX_REFUSED_PAUSE_MS : undefined);
    this.#timer = setTimeout(() => this.#openStream(), pauseMs).unref();
  }

  #onMessage({ event, resumeToken }: WatchRevocationsResponse): void {
    this.#lastMessageAt = this.clock.monotonic();
    this.#expectMessageWithin(SILENCE_MS);
    if (event?.$case === 'revocation' && !this.#revoke(event.revocation)) {
      // What it forbids could be let through.
      this.#onEnd({ code: UNAVAILABLE, message: 'A revocation names nothing that is known here' });
      return;
    }
    if (event?.$case === 'roleChange') this.revocations.setRoles(event.roleChange.userId, event.roleChange.roles);
    if (event?.$case === 'caughtUp') {
      this.#isStreamCaughtUp = true;
      this.#isCaughtUp = true;
    }
    // Before all that was known has come it would vouch for what is still on its way.
    if (event?.$case === 'heartbeat' && this.#isStreamCaughtUp) this.#onHeartbeat(event.heartbeat.freshAt);
    this.#resumeToken = resumeToken;
  }

  /** Whether the revocation could be understood. */
  #revoke({ target, reason }: Revocation): boolean {
    if (target?.$case === 'sessionId') this.revocations.endSession(target.sessionId);
    if (target?.$case === 'userId') this.revocations.refuseUser(target.userId, reason);
    return target !== undefined;
  }

  #onHeartbeat(freshAt: Date | undefined): void {
    const ms = freshAt?.getTime() ?? Number.NaN;
    if (Number.isNaN(ms)) return;
    this.#freshness.onHeartbeat(ms);
    this.#backoff.reset();
  }
}
