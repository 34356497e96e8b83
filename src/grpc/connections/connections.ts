import type { Http2Server } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type ConnectionInjector, type Server, ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { clientNames } from '../../transport/limits/client-names';
import type { SourceAddresses } from '../../transport/limits/source-address';
import { guardFrames } from './frame-guard';
import { parseListenAddress } from './listen-address';
import { CONNECTION_CAPS, type ConnectionCaps, Listener, type ListenerStats } from './listener';
import { type TlsFiles, type TlsStats, TlsTerminator } from './tls-terminator';
import { letStreamsDieYoung } from './young-streams';

export interface ConnectionOptions {
  readonly tls?: TlsFiles | undefined;
  readonly caps?: ConnectionCaps | undefined;
  readonly sources: SourceAddresses;
  readonly log: Logger;
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

/** The connections of a grpc-js server, from their acceptance to their end. */
export class Connections {
  readonly #listener: Listener;
  readonly #terminator: TlsTerminator | undefined;
  #floods = 0;

  constructor(server: Server, { tls, caps = CONNECTION_CAPS, sources, log }: ConnectionOptions) {
    const injector = guardedInjector(server, () => {
      this.#floods += 1;
    });
    const serveSecure = (socket: TLSSocket): void => {
      socket.once('close', sources.certify(socket, clientNames(socket)).forgotten);
      injector.injectConnection(socket);
    };
    const terminator = tls && new TlsTerminator({ files: tls, log, serve: serveSecure });
    this.#terminator = terminator;
    this.#listener = new Listener(sources, caps, (socket, source) =>
      terminator === undefined ? injector.injectConnection(socket) : terminator.accept(socket, source),
    );
  }

  get stats(): ConnectionStats {
    const { open, begun, refused } = this.#listener.stats;
    const tls = this.#terminator?.stats;
    return {
      open,
      served: tls?.open ?? begun,
      refused: { ...NO_TLS, ...refused, ...tls?.refused, flood: this.#floods },
    };
  }

  /** Resolves with the address as a client would dial it; a bad one is a rejection, not a throw. */
  async listen(address: string): Promise<string> {
    return this.#listener.listen(parseListenAddress(address));
  }

  /** Stops accepting; resolves when the last connection is closed, or has been after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    const closed = this.#listener.close();
    const force = setTimeout(() => this.#listener.destroyConnections(), withinMs);
    await closed;
    clearTimeout(force);
    this.#terminator?.close();
  }
}

/** What gives connections to a grpc-js server; floods of frames on them are ended. @param onFlood hears of each */
export function guardedInjector(server: Server, onFlood: () => void): ConnectionInjector {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  http2ServerOf(server).on('session', (session) => {
    letStreamsDieYoung(session);
    guardFrames(session, onFlood);
  });
  return injector;
}

/** The only one there is, behind the injector: grpc-js has no way to it, and it alone tells of sessions. */
function http2ServerOf(server: Server): Http2Server {
  const { http2Servers } = server as unknown as { readonly http2Servers: ReadonlyMap<Http2Server, unknown> };
  const [only] = http2Servers.keys();
  if (only === undefined) throw new Error('This version of @grpc/grpc-js keeps its HTTP/2 servers elsewhere');
  return only;
}
