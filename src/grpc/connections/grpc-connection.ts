import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Peer } from '../../transport/limits/source-address';
import type { BeginCall } from '../calls/dispatch';
import type { CallConnection } from '../calls/incoming-call';
import { ConnectionTimers } from './connection-timers';
import type { ConnectionTimes } from './connection-times';
import { endFlood } from './end-flood';
import { FrameGuard } from './frame-guard';
import { ResetGuard } from './reset-guard';

export interface GrpcConnectionOptions {
  readonly beginCall: BeginCall;
  readonly times: ConnectionTimes;
  /** For calls that run when the connection reaches its age. */
  readonly graceMs: number;
  readonly maxConcurrentStreams: number;
  /** The connection is ended because of what its client sends. */
  readonly onFlood: () => void;
  /** The client speaks something else. */
  readonly onOtherProtocol?: ((remoteAddress: string | undefined) => void) | undefined;
}

/** NGHTTP2_ERR_BAD_CLIENT_MAGIC: the connection does not begin as HTTP/2 does (RFC 9113 section 3.4). */
const BAD_CLIENT_MAGIC = -903;

/**
 * One HTTP/2 connection, over the documented API of node:http2: brings each of its streams to `beginCall`, and ends
 * floods.
 */
export class GrpcConnection implements CallConnection {
  readonly peer: Peer;
  readonly #session: ServerHttp2Session;
  readonly #timers: ConnectionTimers;
  readonly #resets: ResetGuard;
  readonly #frames: FrameGuard;

  /** @param socket not read from yet; plain, or TLS with its handshake done */
  constructor(
    socket: Socket,
    private readonly options: GrpcConnectionOptions,
    onClose: () => void,
  ) {
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    this.peer = { localAddress, localPort, remoteAddress, remotePort };
    const { maxConcurrentStreams, times, graceMs } = options;
    const session = performServerHandshake(socket, { settings: { maxConcurrentStreams } });
    this.#session = session;
    this.#resets = new ResetGuard(() => {
      if (session.destroyed) return;
      options.onFlood();
      endFlood(session, 'too_many_resets');
    });
    session.on('error', ({ errno }: NodeJS.ErrnoException) => {
      if (errno === BAD_CLIENT_MAGIC) options.onOtherProtocol?.(remoteAddress);
    });
    session.on(
      'stream',
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: readonly string[]) =>
        this.#onStream(stream, headers, rawHeaders),
    );
    this.#timers = new ConnectionTimers(session, times, graceMs);
    this.#frames = new FrameGuard(session, options.onFlood);
    // `close` comes once; `once` keeps a further function for each listener, and there may be 20,000 connections.
    session.on('close', onClose);
    // The session ends with its socket, whichever side ends it.
    socket.on('close', () => session.destroy());
  }

  /** Takes no new calls and ends when the running ones are done. */
  drain(): void {
    this.#session.close();
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
    this.#timers.streamOpened();
    this.#frames.countCall();
    stream.on('close', () => {
      this.#timers.streamClosed();
      // Ended by its client, answered or not. Many are in the bytes of one read; this runs right after that read.
      if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) this.#resets.count();
    });
    this.options.beginCall({ stream, headers, rawHeaders, connection: this });
  }
}
