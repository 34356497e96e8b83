import { createConnection, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { WatchRevocationsRequest, WatchRevocationsResponse } from '../../src/gen/postern/auth/v1/auth_service';
import { FLAG, type Frame, FrameReader, frame, opening, requestHeaders, TYPE } from './frames';
import { framed } from './load';

const PATH = '/postern.auth.v1.AuthService/WatchRevocations';
const NOTHING = Buffer.alloc(0);
/** Connections that are opened at once. */
const OPEN_AT_ONCE = 50;

/** What all watchers of a fleet have been sent. */
export interface Received {
  heartbeats: number;
  /** When each revocation of a session came, by `performance.now()`; one entry for each watcher that got it. */
  readonly revocations: Map<string, number[]>;
}

/** Open streams of WatchRevocations, each on a connection of its own, as so many processes with a client have them. */
export class WatcherFleet {
  readonly received: Received = { heartbeats: 0, revocations: new Map() };
  readonly #watchers: Watcher[] = [];

  /** Opens `count` streams. Rejects when the server ends one of them before it has caught up. */
  static async open(address: string, apiKey: string, count: number): Promise<WatcherFleet> {
    const fleet = new WatcherFleet();
    for (let at = 0; at < count; at += OPEN_AT_ONCE) {
      const watchers = Array.from(
        { length: Math.min(OPEN_AT_ONCE, count - at) },
        () => new Watcher(address, apiKey, fleet.received),
      );
      fleet.#watchers.push(...watchers);
      await Promise.all(watchers.map(({ caughtUp }) => caughtUp));
    }
    return fleet;
  }

  get open(): number {
    return this.#watchers.filter(({ isOpen }) => isOpen).length;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

class Watcher {
  readonly caughtUp: Promise<void>;
  isOpen = true;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #onCaughtUp: () => void = () => {};
  #onFailure: (error: Error) => void = () => {};

  constructor(
    address: string,
    apiKey: string,
    private readonly received: Received,
  ) {
    this.caughtUp = new Promise((resolve, reject) => {
      this.#onCaughtUp = resolve;
      this.#onFailure = reject;
    });
    const [host = '', port] = address.split(':');
    this.#socket = createConnection({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('The server closed the connection of a watcher')));
    const request = framed(WatchRevocationsRequest.encode({ resumeToken: '' }).finish());
    this.#socket.write(
      Buffer.concat([
        opening(),
        frame(TYPE.headers, FLAG.endHeaders, 1, requestHeaders(address, PATH, apiKey)),
        frame(TYPE.data, FLAG.endStream, 1, request),
      ]),
    );
  }

  close(): void {
    this.isOpen = false;
    this.#socket.destroy();
  }

  #end(error: Error): void {
    this.isOpen = false;
    this.#onFailure(error);
  }

  #read(chunk: Buffer): void {
    for (const each of this.#reader.read(chunk)) this.#take(each);
  }

  #take({ type, flags, payload }: Frame): void {
    const isAnswer = (flags & FLAG.ack) !== 0;
    if (type === TYPE.settings && !isAnswer) this.#socket.write(frame(TYPE.settings, FLAG.ack, 0, NOTHING));
    if (type === TYPE.ping && !isAnswer) this.#socket.write(frame(TYPE.ping, FLAG.ack, 0, payload));
    if (type === TYPE.reset || (type === TYPE.headers && (flags & FLAG.endStream) !== 0)) {
      this.#end(new Error('The server ended the stream of a watcher'));
    }
    // The server sends each message in one frame.
    if (type === TYPE.data && payload.length > 5) this.#onMessage(payload.subarray(5));
  }

  #onMessage(bytes: Buffer): void {
    const { event } = WatchRevocationsResponse.decode(bytes);
    if (event?.$case === 'caughtUp') this.#onCaughtUp();
    if (event?.$case === 'heartbeat') this.received.heartbeats += 1;
    if (event?.$case !== 'revocation') return;
    const { target } = event.revocation;
    if (target?.$case !== 'sessionId') return;
    const times = this.received.revocations.get(target.sessionId) ?? [];
    times.push(performance.now());
    this.received.revocations.set(target.sessionId, times);
  }
}
