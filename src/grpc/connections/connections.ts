import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { clientNames } from '../../transport/limits/client-names';
import type { SourceAddresses } from '../../transport/limits/source-address';
import { GrpcConnection, type GrpcConnectionOptions } from './grpc-connection';
import { parseListenAddress } from './listen-address';
import { CONNECTION_CAPS, type ConnectionCaps, Listener, type ListenerStats } from './listener';
import { RefusedClients } from './refused-clients';
import type { TlsFiles } from './tls-context';
import { type TlsStats, TlsTerminator } from './tls-terminator';

export interface ConnectionOptions {
  readonly tls?: TlsFiles | undefined;
  readonly caps?: ConnectionCaps | undefined;
  readonly sources: SourceAddresses;
  readonly log: Logger;
  readonly connection: Omit<GrpcConnectionOptions, 'onFlood' | 'onOtherProtocol'>;
}

export interface ConnectionStats {
  /** Open, with those that wait or are in their handshake. */
  readonly open: number;
  /** Of these, the ones that may call. */
  readonly served: number;
  /** Closed by us, since the start, by the reason. */
  readonly refused: Readonly<ListenerStats['refused'] & TlsStats['refused'] & { flood: number }>;
}

const NO_TLS: TlsStats['refused'] = { handshake_timeout: 0, handshake_failed: 0 };

/** The connections of a gRPC server, from their acceptance to their end. */
export class Connections {
  readonly #listener: Listener;
  readonly #terminator: TlsTerminator | undefined;
  readonly #served = new Set<GrpcConnection>();
  readonly #connection: GrpcConnectionOptions;
  #floods = 0;
  #isDraining = false;

  constructor({ tls, caps = CONNECTION_CAPS, sources, log, connection }: ConnectionOptions) {
    const findSource = (peer: string | undefined) => sources.of(peer, () => '').key;
    const refusals = new RefusedClients(log);
    this.#connection = {
      ...connection,
      // Behind TLS a client has agreed on h2.
      onOtherProtocol: tls === undefined ? (peer) => refusals.log('not_http2', findSource(peer)) : undefined,
      onFlood: () => {
        this.#floods += 1;
      },
    };
    const serveSecure = (socket: TLSSocket): void => {
      socket.once('close', sources.certify(socket, clientNames(socket)).forgotten);
      this.#serve(socket);
    };
    const terminator = tls && new TlsTerminator({ files: tls, log, findSource, serve: serveSecure });
    this.#terminator = terminator;
    this.#listener = new Listener(sources, caps, (socket, source) =>
      terminator === undefined ? this.#serve(socket) : terminator.accept(socket, source),
    );
  }

  get stats(): ConnectionStats {
    const { open, served, refused } = this.#listener.stats;
    const tls = this.#terminator?.stats;
    return {
      open,
      served: tls?.open ?? served,
      refused: { ...NO_TLS, ...refused, ...tls?.refused, flood: this.#floods },
    };
  }

  /** Resolves with the address as a client would dial it; a bad one is a rejection, not a throw. */
  async listen(address: string): Promise<string> {
    return this.#listener.listen(parseListenAddress(address));
  }

  /** Stops accepting; resolves when the last connection is closed, or has been after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    this.#isDraining = true;
    const closed = this.#listener.close();
    for (const connection of this.#served) connection.drain();
    const force = setTimeout(() => this.#listener.destroyConnections(), withinMs);
    await closed;
    clearTimeout(force);
    this.#terminator?.close();
  }

  #serve(socket: Socket): void {
    const connection = new GrpcConnection(socket, this.#connection, () => this.#served.delete(connection));
    this.#served.add(connection);
    if (this.#isDraining) connection.drain();
  }
}
