import { once } from 'node:events';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { SourceAddresses } from '../../transport/limits/source-address';
import { listenOptions } from '../../transport/listen-options';
import { formatListenAddress, type ListenAddress } from './listen-address';
import { RoundRobinQueue } from './round-robin-queue';

/**
 * Open connections at one time. Beyond them a new connection is closed at once, so that those who are in keep being
 * served.
 */
export interface ConnectionCaps {
  readonly total: number;
  /** From one IPv4 address, or one IPv6 /64. A gateway needs few: each connection carries 100 calls at a time. */
  readonly perSource: number;
}

export const CONNECTION_CAPS: ConnectionCaps = { total: 20_000, perSource: 1_000 };

export interface ListenerStats {
  readonly open: number;
  /** Of these, the ones that were handed to `serve`; the others wait in the queue. */
  readonly served: number;
  /** Closed at once, since the start. */
  readonly refused: { readonly total_cap: number; readonly source_cap: number };
}

interface Accepted {
  readonly socket: Socket;
  readonly source: string;
  isServed: boolean;
}

const BACKLOG = 4096;
/** Of a Unix socket: its owner and its group may connect. */
const SOCKET_MODE = 0o660;
/**
 * Node accepts one connection per iteration of the event loop, in the order in which they came. So in a storm the
 * iterations have to be short: first all are accepted, then they are served by round-robin over their sources;
 * otherwise a new client would wait in the kernel until all before it were served.
 */
const MAX_HOLD_MS = 10;

/** Accepts connections, counts them against their caps, and can end them all. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #perSource = new Map<string, number>();
  readonly #queue: RoundRobinQueue<Accepted>;
  #served = 0;
  #overTotal = 0;
  #overSource = 0;

  constructor(
    private readonly sources: SourceAddresses,
    private readonly caps: ConnectionCaps,
    /**
     * Takes over a connection that has not been read from: malformed frames on a socket that was read have ended the
     * process.
     */
    private readonly serve: (socket: Socket, source: string) => void,
  ) {
    this.#queue = new RoundRobinQueue((accepted) => this.#startServing(accepted), MAX_HOLD_MS);
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
  }

  get stats(): ListenerStats {
    return {
      open: this.#sockets.size,
      served: this.#served,
      refused: { total_cap: this.#overTotal, source_cap: this.#overSource },
    };
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
    // Whatever the umask is; also in a worker, whose socket another process has made.
    if ('path' in address) await chmod(address.path, SOCKET_MODE);
    // An accept that fails (out of descriptors) leaves the listener as it is.
    this.#server.on('error', ignore);
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
    this.#server.listen({ ...('path' in address ? address : listenOptions(address)), backlog: BACKLOG });
    await once(this.#server, 'listening');
  }

  #accept(socket: Socket): void {
    socket.on('error', ignore);
    const { remoteAddress } = socket;
    const source = this.sources.of(remoteAddress, () => '').key;
    const fromSource = this.#perSource.get(source) ?? 0;
    const isOverTotal = this.#sockets.size >= this.caps.total;
    // A Unix socket has no addresses: all who may open it are one source, which only the total limits.
    const isOverSource = remoteAddress !== undefined && fromSource >= this.caps.perSource;
    if (isOverTotal || isOverSource) {
      if (isOverTotal) this.#overTotal += 1;
      else this.#overSource += 1;
      socket.destroy();
      return;
    }
    const accepted = { socket, source, isServed: false };
    this.#sockets.add(socket);
    this.#perSource.set(source, fromSource + 1);
    // `close` comes once; `once` keeps a further function for each listener.
    socket.on('close', () => this.#forget(accepted));
    this.#queue.add(source, accepted);
  }

  #startServing(accepted: Accepted): void {
    const { socket, source } = accepted;
    if (socket.destroyed) return;
    accepted.isServed = true;
    this.#served += 1;
    // Reading begins after this tick, when the socket has its new owner.
    socket.resume();
    this.serve(socket, source);
  }

  #forget({ socket, source, isServed }: Accepted): void {
    this.#sockets.delete(socket);
    if (isServed) this.#served -= 1;
    const left = (this.#perSource.get(source) ?? 1) - 1;
    if (left > 0) this.#perSource.set(source, left);
    else this.#perSource.delete(source);
  }
}

function ignore(): void {}

/** A process that was killed leaves its socket file behind, with no process at the other end. */
async function isStaleSocket(error: unknown, path: string): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return false;
  // Any other file refuses connections as well, and belongs to another program.
  if (!(await lstat(path)).isSocket()) return false;
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
