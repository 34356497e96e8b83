import type { Mint } from './never-seen';

/** Calls to make, one after the other on each of `concurrency` lanes. */
export interface Load {
  readonly address: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Request messages, taken in turn; none with `mint`. */
  readonly requests: readonly Buffer[];
  readonly calls: number;
  readonly concurrency: number;
  readonly connections: number;
  /** An access token that every call brings as its bearer. Only for gRPC by the client of hand-made frames. */
  readonly bearer?: string;
  /**
   * How long the message of a right answer is, in bytes; -1: the answer has one, of whatever length; none: the right
   * answer is an error.
   */
  readonly replyBytes: number | undefined;
  /**
   * Calls per second, when they are to start by the clock and not when a lane is free. Latency then counts from when a
   * call was due.
   */
  readonly perSecond?: number;
  /** No call is started later than so long after the first; without it only `calls` ends the load. */
  readonly endAfterMs?: number;
  /** When set, the outcome also has the p99 of each window of so many ms, by when calls were due. */
  readonly windowMs?: number;
  /** What to do with an answer: `refresh` presents the refresh token of the answer next. */
  readonly next?: 'refresh';
  /**
   * Requests are whole HTTP/1.1 requests, head and body, one connection a lane; without it they are messages of gRPC.
   */
  readonly http1?: true;
  /** Validates, each with a token that is minted for it. */
  readonly mint?: Mint;
}

export interface Outcome {
  readonly calls: number;
  /** Answers that were not the right ones. */
  readonly wrong: number;
  readonly seconds: number;
  /** In microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly generator: 'h2load' | 'frames' | 'http1' | 'grpc-js';
  /** In microseconds, of one window after the other; only where the load asks for it. */
  readonly p99OfWindows?: readonly number[];
}

/** A message with the prefix that gRPC puts before it. */
export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** As many connections as clients of this concurrency would open. */
export function connectionsFor(concurrency: number): number {
  return Math.min(concurrency, 4);
}
