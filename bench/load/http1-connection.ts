import { createConnection, type Socket } from 'node:net';

/** The status of an answer and how many bytes its body has. */
export type OnHttpAnswer = (status: number, bodyBytes: number) => void;

const END_OF_HEAD = '\r\n\r\n';

/** One HTTP/1.1 connection that makes one recorded request after the other. */
export class Http1Connection {
  readonly #socket: Socket;
  #onAnswer: OnHttpAnswer = () => {};
  #received: Buffer = Buffer.alloc(0);

  constructor(address: string, onFailure: (error: Error) => void) {
    const [host = '', port] = address.split(':');
    this.#socket = createConnection({ host, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', onFailure);
    this.#socket.on('end', () => onFailure(new Error('The server closed a connection that was to be kept')));
  }

  /** @param request head and body as they go over the wire */
  call(request: Buffer, onAnswer: OnHttpAnswer): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(END_OF_HEAD);
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const bodyBytes = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (this.#received.length < end + END_OF_HEAD.length + bodyBytes) return;
    this.#received = Buffer.alloc(0);
    this.#onAnswer(Number(head.slice(9, 12)), bodyBytes);
  }
}
