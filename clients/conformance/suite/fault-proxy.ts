import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly down: Socket;
  readonly up: Socket;
  usedAt: number;
}

/** What the proxy does to the bytes that pass. */
export interface Faults {
  /** Takes bytes and hands on none, in either direction; connections stay open. */
  blackHole?: boolean;
  /** Holds every chunk for so long, in ms. */
  delayMs?: number;
  /** Ends connections over which nothing passed for so long, in ms, without a word to either side. */
  idleMs?: number;
  /** New connections are refused. */
  refuse?: boolean;
}

const IDLE_CHECK_MS = 50;

/** A TCP proxy on a free port of 127.0.0.1 that spoils connections on demand. */
export class FaultProxy {
  readonly #pairs = new Set<Pair>();
  /** Also those whose other side is gone, which a black hole hides. */
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #idleTimer: NodeJS.Timeout;
  #target: { host: string; port: number };
  faults: Faults = {};
  /** How many connections were made. */
  connections = 0;

  private constructor(target: string) {
    this.#target = parse(target);
    this.#server = createServer((down) => this.#accept(down));
    this.#idleTimer = setInterval(() => this.#cutIdle(), IDLE_CHECK_MS).unref();
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** New connections go elsewhere: another replica, or the same one after a restart. */
  set target(address: string) {
    this.#target = parse(address);
  }

  /** Resets all connections (RST). */
  reset(): void {
    for (const { down, up } of this.#pairs) {
      down.resetAndDestroy();
      up.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#idleTimer);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(down: Socket): void {
    if (this.faults.refuse === true) {
      down.resetAndDestroy();
      return;
    }
    this.connections += 1;
    const pair: Pair = { down, up: connect(this.#target), usedAt: performance.now() };
    this.#pairs.add(pair);
    this.#pump(pair, pair.down, pair.up);
    this.#pump(pair, pair.up, pair.down);
  }

  #pump(pair: Pair, from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => this.#pass(pair, to, chunk));
    from.on('error', () => {});
    from.on('close', () => {
      this.#pairs.delete(pair);
      this.#sockets.delete(from);
      // A black hole hides the end of a connection too.
      if (this.faults.blackHole !== true) to.destroy();
    });
  }

  #pass(pair: Pair, to: Socket, chunk: Buffer): void {
    const { blackHole, delayMs = 0 } = this.faults;
    if (blackHole === true) return;
    pair.usedAt = performance.now();
    if (delayMs === 0) to.write(chunk);
    else setTimeout(() => to.writable && to.write(chunk), delayMs);
  }

  #cutIdle(): void {
    const { idleMs } = this.faults;
    if (idleMs === undefined) return;
    for (const { down, up, usedAt } of this.#pairs) {
      if (performance.now() - usedAt < idleMs) continue;
      down.destroy();
      up.destroy();
    }
  }
}

function parse(address: string): { host: string; port: number } {
  const [host = '', port = ''] = address.split(':');
  return { host, port: Number(port) };
}
