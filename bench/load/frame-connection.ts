import { createConnection, type Socket } from 'node:net';
import {
  FIRST_WINDOW,
  FLAG,
  type Frame,
  FrameReader,
  frame,
  MAX_FRAME_BYTES,
  opening,
  requestHeaders,
  TYPE,
} from './frames';

/** How a call ended; `message` with its prefix, empty for an error of gRPC, undefined when the stream was reset. */
export type OnAnswer = (message: Buffer | undefined) => void;

const NOTHING = Buffer.alloc(0);
/**
 * What the servers allow on one connection; Node ends one on which too many more are begun, as no client of gRPC does.
 */
const MAX_STREAMS = 100;

/** One HTTP/2 connection that makes unary gRPC calls of one method. */
export class FrameConnection {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #headers: Buffer;
  readonly #calls = new Map<number, { onAnswer: OnAnswer; message: Buffer }>();
  readonly #waiting: { bytes: Buffer; counted: number }[] = [];
  #stream = 1;
  #open = 0;
  #window = FIRST_WINDOW;

  constructor(address: string, path: string, onFailure: (error: Error) => void, bearer?: string) {
    const [host = '', port] = address.split(':');
    this.#headers = requestHeaders(address, path, bearer);
    this.#socket = createConnection({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', onFailure);
    this.#socket.on('close', () => {
      if (this.#calls.size > 0) onFailure(new Error('The server closed a connection with calls on it'));
    });
    this.#socket.write(opening());
  }

  /** @param body a message with its prefix, at most 65,535 bytes */
  call(body: Buffer, onAnswer: OnAnswer): void {
    const stream = this.#stream;
    this.#stream += 2;
    this.#calls.set(stream, { onAnswer, message: NOTHING });
    const parts = [frame(TYPE.headers, FLAG.endHeaders, stream, this.#headers)];
    for (let at = 0; at < body.length; at += MAX_FRAME_BYTES) {
      const part = body.subarray(at, at + MAX_FRAME_BYTES);
      parts.push(frame(TYPE.data, at + part.length === body.length ? FLAG.endStream : 0, stream, part));
    }
    this.#waiting.push({ bytes: Buffer.concat(parts), counted: body.length });
    this.#flush();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whole requests only, so that the order of HEADERS stays that of the streams. */
  #flush(): void {
    if (this.#waiting.length === 0) return;
    this.#socket.cork();
    for (let next = this.#waiting[0]; next !== undefined && this.#mayBegin(next.counted); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#open += 1;
      this.#window -= next.counted;
      this.#socket.write(next.bytes);
    }
    process.nextTick(() => this.#socket.uncork());
  }

  #mayBegin(bytes: number): boolean {
    return bytes <= this.#window && this.#open < MAX_STREAMS;
  }

  #read(chunk: Buffer): void {
    for (const each of this.#reader.read(chunk)) this.#take(each);
  }

  #take({ type, flags, stream, payload }: Frame): void {
    if (stream === 0) this.#takeOfConnection(type, flags, payload);
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    if (type === TYPE.data) call.message = call.message.length === 0 ? payload : Buffer.concat([call.message, payload]);
    const isLast = (type === TYPE.data || type === TYPE.headers) && (flags & FLAG.endStream) !== 0;
    if (!isLast && type !== TYPE.reset) return;
    this.#calls.delete(stream);
    this.#open -= 1;
    this.#flush();
    call.onAnswer(type === TYPE.reset ? undefined : call.message);
  }

  #takeOfConnection(type: number, flags: number, payload: Buffer): void {
    const isAnswer = (flags & FLAG.ack) !== 0;
    if (type === TYPE.settings && !isAnswer) this.#socket.write(frame(TYPE.settings, FLAG.ack, 0, NOTHING));
    if (type === TYPE.ping && !isAnswer) this.#socket.write(frame(TYPE.ping, FLAG.ack, 0, payload));
    if (type !== TYPE.windowUpdate) return;
    this.#window += payload.readUInt32BE(0);
    this.#flush();
  }
}
