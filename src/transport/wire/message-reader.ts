import { Code } from '../errors/code';
import { TransportError } from '../errors/status';
import type { Decompress } from './compression';
import { tooLarge } from './message-size';

/** The compressed flag and the length, big-endian (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;
const FIRST_CAPACITY = 1_024;

export interface MessageListener {
  onMessage(message: Buffer): void;
}

/** Finds the messages in the DATA of one call, however it is cut into frames. */
export class MessageReader {
  /**
   * The beginning of a message whose end has not come. Grows by doubling: nothing is reserved for what a prefix only
   * promises.
   */
  #begun: Buffer | undefined = undefined;
  #begunBytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly decompress: Decompress,
  ) {}

  /** Whether a message is begun and not finished. */
  get isMidMessage(): boolean {
    return this.#begunBytes > 0;
  }

  /**
   * Adds what came, and hands on each message that is now whole. @throws TransportError; after which nothing more can
   * be read
   */
  push(chunk: Buffer, listener: MessageListener): void {
    if (this.#begunBytes === 0 && chunk.length >= PREFIX_BYTES) {
      const end = this.#end(chunk);
      // As nearly every caller sends it: one message, one frame.
      if (chunk.length === end) {
        listener.onMessage(this.#message(chunk));
        return;
      }
    }
    this.#append(chunk);
    this.#takeWhole(listener);
  }

  #takeWhole(listener: MessageListener): void {
    const all = (this.#begun as Buffer).subarray(0, this.#begunBytes);
    let at = 0;
    while (all.length - at >= PREFIX_BYTES) {
      const rest = all.subarray(at);
      const end = this.#end(rest);
      if (rest.length < end) break;
      listener.onMessage(this.#message(rest.subarray(0, end)));
      at += end;
    }
    if (at === 0) return;
    // Messages that were handed on are views of this memory, so it is not used again.
    this.#begun = undefined;
    this.#begunBytes = 0;
    if (at < all.length) this.#append(all.subarray(at));
  }

  /** Where the message ends that begins here. */
  #end(bytes: Buffer): number {
    const length = bytes.readUInt32BE(1);
    if (length > this.maxBytes) throw tooLarge(this.maxBytes);
    return PREFIX_BYTES + length;
  }

  #message(framed: Buffer): Buffer {
    const bytes = framed.subarray(PREFIX_BYTES);
    const flag = framed[0];
    if (flag === 0) return bytes;
    if (flag === 1) return this.decompress(bytes, this.maxBytes);
    throw new TransportError(Code.INTERNAL, 'A message begins with neither 0 nor 1');
  }

  #append(chunk: Buffer): void {
    const needed = this.#begunBytes + chunk.length;
    if (this.#begun === undefined || this.#begun.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, FIRST_CAPACITY, 2 * this.#begunBytes));
      this.#begun?.copy(grown, 0, 0, this.#begunBytes);
      this.#begun = grown;
    }
    chunk.copy(this.#begun, this.#begunBytes);
    this.#begunBytes = needed;
  }
}

/** A message with its prefix; never compressed. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}
