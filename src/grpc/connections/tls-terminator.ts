import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { onClientHello } from './client-hello';
import { findCause, RefusedClients } from './refused-clients';
import { RoundRobinQueue } from './round-robin-queue';
import { fingerprint, readTlsContext, type TlsFiles } from './tls-context';

/** Half of it for the ClientHello to come, half for the rest. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Renewed files are seen after this time at the latest. */
const LOOK_EVERY_MS = 10_000;

export interface TlsTerminatorOptions {
  readonly files: TlsFiles;
  readonly log: Logger;
  /** What an address is called in the log. */
  readonly findSource: (remoteAddress: string) => string;
  readonly serve: (socket: TLSSocket) => void;
  readonly handshakeTimeoutMs?: number;
  readonly lookEveryMs?: number;
}

export interface TlsStats {
  /** Open connections that have finished their handshake. */
  readonly open: number;
  /** Closed, since the start. */
  readonly refused: { readonly handshake_timeout: number; readonly handshake_failed: number };
}

/**
 * Makes TLS connections of accepted ones. Those that do not finish their handshake in time are closed, so that none is
 * kept for ever. A handshake costs a millisecond: they begin by round-robin over the sources, and a client that does
 * not even send a ClientHello costs a socket, nothing else.
 */
export class TlsTerminator {
  readonly #server: Server;
  readonly #timer: NodeJS.Timeout;
  readonly #queue = new RoundRobinQueue<Socket>((socket) => this.#begin(socket));
  readonly #helloTimeoutMs: number;
  readonly #refusals: RefusedClients;
  /** Sources whose connections were closed in this iteration of the event loop. */
  readonly #justClosed = new Set<string>();
  #seen: string;
  #open = 0;
  #timedOut = 0;
  #failed = 0;

  /** @throws when a file cannot be read or is no certificate or key */
  constructor(private readonly options: TlsTerminatorOptions) {
    const { files, serve, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, lookEveryMs = LOOK_EVERY_MS } = options;
    const mutual = files.clientCaFile !== undefined;
    this.#refusals = new RefusedClients(options.log);
    this.#seen = fingerprint(files);
    this.#helloTimeoutMs = handshakeTimeoutMs / 2;
    this.#server = createServer({
      ...readTlsContext(files),
      requestCert: mutual,
      rejectUnauthorized: mutual,
      ALPNProtocols: ['h2'],
      handshakeTimeout: handshakeTimeoutMs / 2,
    });
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT') this.#timedOut += 1;
      else this.#refuse(error, socket);
      socket.destroy();
    });
    this.#server.on('secureConnection', (socket) => {
      socket.on('error', () => {});
      this.#open += 1;
      socket.once('close', () => {
        this.#open -= 1;
      });
      serve(socket);
    });
    this.#timer = setInterval(() => this.#renew(), lookEveryMs);
    this.#timer.unref();
  }

  get stats(): TlsStats {
    return { open: this.#open, refused: { handshake_timeout: this.#timedOut, handshake_failed: this.#failed } };
  }

  /** @param source one handshake of each source begins after the other */
  accept(socket: Socket, source: string): void {
    const timer = setTimeout(() => {
      this.#timedOut += 1;
      socket.destroy();
    }, this.#helloTimeoutMs);
    const disarm = () => clearTimeout(timer);
    socket.once('close', disarm);
    const handshake = () => {
      disarm();
      socket.off('close', disarm);
      socket.once('close', () => this.#rememberClosed(source));
      this.#queue.add(source, socket);
    };
    const refuse = () => {
      this.#failed += 1;
      this.#refusals.log('plaintext', source);
      socket.destroy();
    };
    onClientHello(socket, handshake, refuse);
  }

  #begin(socket: Socket): void {
    if (!socket.destroyed) this.#server.emit('connection', socket);
  }

  #refuse(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    this.#failed += 1;
    const found = findCause(error, socket);
    if (found === undefined) return;
    this.#refusals.log(found.cause, this.#findSource(socket), found.code);
  }

  /**
   * Node closes a connection with an untrusted certificate before it reports it: its address is gone, but its socket
   * was closed right before.
   */
  #findSource({ remoteAddress }: TLSSocket): string | undefined {
    if (remoteAddress !== undefined) return this.options.findSource(remoteAddress);
    const [source, ...others] = this.#justClosed;
    return others.length > 0 ? undefined : source;
  }

  #rememberClosed(source: string): void {
    if (this.#justClosed.size === 0) setImmediate(() => this.#justClosed.clear());
    this.#justClosed.add(source);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** A half-written or mismatched pair is left alone and looked at again. */
  #renew(): void {
    try {
      const now = fingerprint(this.options.files);
      if (now === this.#seen) return;
      this.#server.setSecureContext(readTlsContext(this.options.files));
      this.#seen = now;
      this.options.log.info('The TLS files have changed and are in use');
    } catch (err) {
      this.options.log.warn({ err }, 'The TLS files cannot be used; the ones before stay in use');
    }
  }
}
