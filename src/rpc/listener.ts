import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { formatListenAddress, type ListenAddress } from './listen-address';
import type { SourceAddresses } from './source-address';

/** Open connections at one time. Beyond them a new connection is closed at once, so that those who are in keep being served. */
export interface ConnectionCaps {
  readonly total: number;
  /** From one IPv4 address, or one IPv6 /64. A gateway needs few: each connection carries 100 calls at a time. */
  readonly perSource: number;
}

export const CONNECTION_CAPS: ConnectionCaps = { total: 20_000, perSource: 1_000 };

const BACKLOG = 4096;
/** New connections that begin in one turn of the event loop: a session costs half a millisecond, and a storm of them must not hold up calls. */
const BEGIN_AT_ONCE = 8;

/** Accepts connections, counts them, and can end them all: grpc-js can do neither. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #perSource = new Map<string, number>();
  /** Accepted and not begun, by source. */
  readonly #waiting = new Map<string, Socket[]>();

  constructor(
    private readonly sources: SourceAddresses,
    private readonly caps: ConnectionCaps,
    /** Takes over a connection that nobody has read from: malformed frames on a socket that was read have ended the process. */
    private readonly serve: (socket: Socket) => void,
  ) {
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Resolves with the address as a client would dial it. */
  async listen(address: ListenAddress): Promise<string> {
    try {
      await this.#bind(address);
    } catch (error) {
      if (!('path' in address) || !(await isStaleSocket(error, address.path))) throw error;
      await unlink(address.path);
      await this.#bind(address);
    }
    // An accept that fails (out of descriptors) leaves the listener as it is.
    this.#server.on('error', () => {});
    return formatListenAddress(this.#server.address() ?? '');
  }

  /** Stops accepting; resolves when the last connection is closed. */
  close(): Promise<void> {
    if (!this.#server.listening) return Promise.resolve();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #bind(address: ListenAddress): Promise<void> {
    this.#server.listen({ ...address, backlog: BACKLOG });
    await once(this.#server, 'listening');
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {});
    const { remoteAddress } = socket;
    const source = remoteAddress === undefined ? undefined : this.sources.of(remoteAddress, () => '').key;
    const fromSource = source === undefined ? 0 : (this.#perSource.get(source) ?? 0);
    if (this.#sockets.size >= this.caps.total || fromSource >= this.caps.perSource) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    if (source !== undefined) this.#perSource.set(source, fromSource + 1);
    socket.once('close', () => this.#forget(socket, source));
    if (this.#waiting.size === 0) setImmediate(() => this.#beginSome());
    const waiting = this.#waiting.get(source ?? '');
    if (waiting === undefined) this.#waiting.set(source ?? '', [socket]);
    else waiting.push(socket);
  }

  /** One of each source in turn, so that nobody waits behind the many of somebody else. */
  #beginSome(): void {
    const sources = [...this.#waiting.keys()].slice(0, BEGIN_AT_ONCE);
    for (const source of sources) {
      const waiting = this.#waiting.get(source) ?? [];
      const first = waiting.shift();
      this.#waiting.delete(source);
      if (waiting.length > 0) this.#waiting.set(source, waiting);
      if (first !== undefined) this.#begin(first);
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#beginSome());
  }

  #begin(socket: Socket): void {
    if (socket.destroyed) return;
    // Reading begins after this tick, when the socket has its new owner.
    socket.resume();
    this.serve(socket);
  }

  #forget(socket: Socket, source: string | undefined): void {
    this.#sockets.delete(socket);
    if (source === undefined) return;
    const left = (this.#perSource.get(source) ?? 1) - 1;
    if (left > 0) this.#perSource.set(source, left);
    else this.#perSource.delete(source);
  }
}

/** A process that was killed leaves its socket file behind, with nobody at the other end. */
async function isStaleSocket(error: unknown, path: string): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return false;
  const probe = createConnection({ path });
  try {
    await once(probe, 'connect');
    return false;
  } catch (refusal) {
    return (refusal as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    probe.destroy();
  }
}
