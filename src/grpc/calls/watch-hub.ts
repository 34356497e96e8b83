import type { RevocationNotice } from '../../auth/revocation/revocations';
import type { Watch, WatchNotice } from '../../auth/revocation/watch-revocations';
import { WatchRevocationsResponse } from '../../gen/postern/auth/v1/auth_service';
import { type Handler, toBuffer } from '../../transport/methods/method';

const HEARTBEAT_MS = 1_000;

/** The handler of WatchRevocations: opens the view; what is sent from then on is the hub's and the call's business. */
export type WatchHandler = Handler<{ readonly resumeToken: string }, Watch>;

/** A stream that gets a heartbeat. */
export interface Watcher {
  beat(): void;
  /** The service stops. */
  dismiss(): void;
}

/** What all watchers share: one timer for the heartbeats, and each message encoded once, however many there are. */
export class WatchHub {
  readonly #watchers = new Set<Watcher>();
  readonly #encoded = new WeakMap<RevocationNotice, Buffer>();
  #timer: NodeJS.Timeout | undefined;
  /** The one of this second. */
  #heartbeat: Buffer | undefined;

  get size(): number {
    return this.#watchers.size;
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Ends every stream. */
  close(): void {
    for (const watcher of [...this.#watchers]) watcher.dismiss();
  }

  /** Something new, with the resume token of now. */
  news(notice: RevocationNotice, watch: Watch): Buffer {
    let bytes = this.#encoded.get(notice);
    if (bytes === undefined) {
      bytes = noticeBytes(notice, watch.resumeToken());
      this.#encoded.set(notice, bytes);
    }
    return bytes;
  }

  heartbeat(watch: Watch): Buffer {
    if (this.#heartbeat === undefined) {
      const heartbeat = { freshAt: new Date(watch.freshAt()) };
      this.#heartbeat = encode({ event: { $case: 'heartbeat', heartbeat }, resumeToken: watch.resumeToken() });
    }
    return this.#heartbeat;
  }

  #beat(): void {
    this.#heartbeat = undefined;
    for (const watcher of [...this.#watchers]) watcher.beat();
  }
}

/** One notice as a message of the stream. */
export function noticeBytes(notice: WatchNotice, resumeToken: string): Buffer {
  return encode({ event: toEvent(notice), resumeToken });
}

function toEvent(notice: WatchNotice): NonNullable<WatchRevocationsResponse['event']> {
  if ('caughtUp' in notice) return { $case: 'caughtUp', caughtUp: {} };
  if ('roles' in notice) {
    const { userId, roles, at } = notice;
    return { $case: 'roleChange', roleChange: { userId, roles: [...roles], changedAt: new Date(at) } };
  }
  const { at, reason } = notice;
  const target =
    'sessionId' in notice
      ? ({ $case: 'sessionId', sessionId: notice.sessionId } as const)
      : ({ $case: 'userId', userId: notice.userId } as const);
  return { $case: 'revocation', revocation: { target, revokedAt: new Date(at), reason } };
}

function encode(message: WatchRevocationsResponse): Buffer {
  return toBuffer(WatchRevocationsResponse.encode(message).finish());
}
