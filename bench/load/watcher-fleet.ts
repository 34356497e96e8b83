import { createConnection, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { WatchRevocationsRequest, WatchRevocationsResponse } from '../../src/gen/postern/auth/v1/auth_service';
import { FLAG, type Frame, FrameReader, frame, opening, requestHeaders, TYPE } from './frames';
import { framed } from './load';

const PATH = '/postern.auth.v1.AuthService/WatchRevocations';
const NOTHING = Buffer.alloc(0);
/** The compressed flag and the length. */
const PREFIX_BYTES = 5;
/** Connections that are opened at once. */
const OPEN_AT_ONCE = 50;

/** What all watchers of a fleet have been sent. */
export interface Received {
  heartbeats: number;
  /** When each revocation of a session came, by `performance.now()`; one entry for each watcher that got it. */
  readonly revocations: Map<string, number[]>;
}

export interface FleetOptions {
  readonly address: string;
  readonly apiKey: string;
  /** On each connection: 1 as processes with a client have it, many as behind a proxy that shares its connections. */
  readonly streamsPerConnection: number;
}

/** Open streams of WatchRevocations. */
export class WatcherFleet {
  readonly received: Received = { heartbeats: 0, revocations: new Map() };
  readonly #connections: FleetConnection[] = [];

  constructor(private readonly options: FleetOptions) {}

  /** Opens so many more streams. Rejects when the server ends one of them before it has caught up. */
  async add(count: number): Promise<void> {
    const { streamsPerConnection } = this.options;
    for (let left = count; left > 0; ) {
      const opened: FleetConnection[] = [];
      for (let n = 0; n < OPEN_AT_ONCE && left > 0; n += 1) {
        const streams = Math.min(streamsPerConnection, left);
        opened.push(new FleetConnection(this.options, streams, this.received));
        left -= streams;
      }
      this.#connections.push(...opened);
      await Promise.all(opened.map(({ caughtUp }) => caughtUp));
    }
  }

  get open(): number {
    return this.#connections.reduce((sum, { open }) => sum + open, 0);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

class FleetConnection {
  /** All of its streams. */
  readonly caughtUp: Promise<void>;
  /** How many streams are open. */
  open: number;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #behind: number;
  #onCaughtUp: () => void = () => {};
  #onFailure: (error: Error) => void = () => {};

  constructor(
    { address, apiKey }: FleetOptions,
    streams: number,
    private readonly received: Received,
  ) {
    this.open = streams;
    this.#behind = streams;
    this.caughtUp = new Promise((resolve, reject) => {
      this.#onCaughtUp = resolve;
      this.#onFailure = reject;
    });
    const [host = '', port] = address.split(':');
    this.#socket = createConnection({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('The server closed the connection of a watcher')));
    const headers = requestHeaders(address, PATH, apiKey);
    const request = framed(WatchRevocationsRequest.encode({ resumeToken: '' }).finish());
    const calls = Array.from({ length: streams }, (_, n) => [
      frame(TYPE.headers, FLAG.endHeaders, 2 * n + 1, headers),
      frame(TYPE.data, FLAG.endStream, 2 * n + 1, request),
    ]);
    this.#socket.write(Buffer.concat([opening(), ...calls.flat()]));
  }

  close(): void {
    this.open = 0;
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.open = 0;
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
      this.open -= 1;
      this.#onFailure(new Error('The server ended the stream of a watcher'));
    }
    if (type !== TYPE.data) return;
    // A frame may have several messages, and has them whole: they are far smaller than a frame.
    for (let at = 0; at < payload.length; ) {
      const end = at + PREFIX_BYTES + payload.readUInt32BE(at + 1);
      this.#onMessage(payload.subarray(at + PREFIX_BYTES, end));
      at = end;
    }
  }

  #onMessage(bytes: Buffer): void {
    const { event } = WatchRevocationsResponse.decode(bytes);
    if (event?.$case === 'caughtUp') this.#onStreamCaughtUp();
    if (event?.$case === 'heartbeat') this.received.heartbeats += 1;
    if (event?.$case !== 'revocation') return;
    const { target } = event.revocation;
    if (target?.$case !== 'sessionId') return;
    const times = this.received.revocations.get(target.sessionId) ?? [];
    times.push(performance.now());
    this.received.revocations.set(target.sessionId, times);
  }

  #onStreamCaughtUp(): void {
    this.#behind -= 1;
    if (this.#behind === 0) this.#onCaughtUp();
  }
}
