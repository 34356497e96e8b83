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

/** One HTTP/2 connection that makes unary gRPC calls of one method. */
export class FrameConnection {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #headers: Buffer;
  readonly #calls = new Map<number, { onAnswer: OnAnswer; message: Buffer }>();
  readonly #waiting: { bytes: Buffer; counted: number }[] = [];
  #stream = 1;
  #window = FIRST_WINDOW;

  constructor(address: string, path: string, onFailure: (error: Error) => void) {
    const [host = '', port] = address.split(':');
    this.#headers = requestHeaders(address, path);
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
    this.#socket.cork();
    for (let next = this.#waiting[0]; next !== undefined && next.counted <= this.#window; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#window -= next.counted;
      this.#socket.write(next.bytes);
    }
    process.nextTick(() => this.#socket.uncork());
  }

  #read(chunk: Buffer): void {
    for (const each of this.#reader.read(chunk)) this.#take(each);
  }

  #take({ type, flags, stream, payload }: Frame): void {
    if (type === TYPE.settings && (flags & FLAG.ack) === 0)
      this.#socket.write(frame(TYPE.settings, FLAG.ack, 0, NOTHING));
    if (type === TYPE.ping && (flags & FLAG.ack) === 0) this.#socket.write(frame(TYPE.ping, FLAG.ack, 0, payload));
    if (type === TYPE.windowUpdate && stream === 0) {
      this.#window += payload.readUInt32BE(0);
      this.#flush();
    }
    const call = this.#calls.get(stream);
    if (call === undefined) return;
    if (type === TYPE.data) call.message = call.message.length === 0 ? payload : Buffer.concat([call.message, payload]);
    if (type !== TYPE.reset && ((type !== TYPE.data && type !== TYPE.headers) || (flags & FLAG.endStream) === 0))
      return;
    this.#calls.delete(stream);
    call.onAnswer(type === TYPE.reset ? undefined : call.message);
  }
}
