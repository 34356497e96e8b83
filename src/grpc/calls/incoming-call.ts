import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { CheckRateLimit } from '../../transport/limits/rate-limit';
import type { Peer } from '../../transport/limits/source-address';

/** A stream that a client has opened, with what is known of it from its headers. */
export interface IncomingCall {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly connection: CallConnection;
}

/** The connection that brought a call. */
export interface CallConnection {
  readonly peer: Peer;
}

/** What a method does to every call of it. */
export interface CallPolicy {
  readonly path: string;
  readonly checkRateLimit: CheckRateLimit | undefined;
  /** Whether calls are logged, counted and traced; those of health and reflection are not. */
  readonly isLogged: boolean;
  readonly maxMessageBytes: number;
}
