import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly down: Socket;
  readonly up: Socket;
  usedAt: number;
  /** It was open in a black hole. */
  isDead: boolean;
}

/** What the proxy does to the bytes that pass. */
export interface Faults {
  /**
   * Takes bytes and hands on none, in either direction. Connections stay open, and dead when it is over: with a gap in
   * its bytes no connection of TCP goes on.
   */
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
  #faults: Faults = {};
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

  set faults(faults: Faults) {
    this.#faults = faults;
    if (faults.blackHole === true) for (const pair of this.#pairs) pair.isDead = true;
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
    const { refuse, blackHole: isDead = false } = this.#faults;
    if (refuse === true) {
      down.resetAndDestroy();
      return;
    }
    this.connections += 1;
    const pair: Pair = { down, up: connect(this.#target), usedAt: performance.now(), isDead };
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
      if (!pair.isDead) to.destroy();
    });
  }

  #pass(pair: Pair, to: Socket, chunk: Buffer): void {
    const { delayMs = 0 } = this.#faults;
    if (pair.isDead) return;
    pair.usedAt = performance.now();
    if (delayMs === 0) to.write(chunk);
    else setTimeout(() => to.writable && !pair.isDead && to.write(chunk), delayMs);
  }

  #cutIdle(): void {
    const { idleMs } = this.#faults;
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
