/** Wire types of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/). */
const VARINT = 0;
const I64 = 1;
const LENGTH = 2;
const GROUP_START = 3;
const GROUP_END = 4;
const I32 = 5;

const MAX_VARINT_BYTES = 10;
const MAX_TAG = 0xffffffff;
const MAX_GROUPS = 32;

/** Reads the fields of a message, as generated code asks for them. Every method throws RangeError past the end. */
export class BinaryReader {
  pos = 0;
  readonly len: number;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.len = bytes.length;
  }

  uint32(): number {
    return Number(BigInt.asUintN(32, this.#varint()));
  }

  int32(): number {
    return Number(BigInt.asIntN(32, this.#varint()));
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.#varint());
  }

  bool(): boolean {
    return this.#varint() !== 0n;
  }

  bytes(): Buffer {
    const length = this.uint32();
    return this.#take(length);
  }

  string(): string {
    return this.bytes().toString('utf8');
  }

  /** Passes over a field that this version does not know. */
  skip(wireType: number, fieldNumber?: number, depth = 0): void {
    if (wireType === VARINT) this.#varint();
    else if (wireType === I64) this.#take(8);
    else if (wireType === LENGTH) this.bytes();
    else if (wireType === I32) this.#take(4);
    else if (wireType === GROUP_START && depth < MAX_GROUPS) this.#skipGroup(fieldNumber, depth);
    else throw new RangeError(`Invalid wire type ${wireType}`);
  }

  #skipGroup(fieldNumber: number | undefined, depth: number): void {
    for (;;) {
      const tag = Number(this.#varint());
      const [inner, wireType] = [Math.floor(tag / 8), tag % 8];
      if (inner === 0 || tag > MAX_TAG) throw new RangeError(`Invalid tag ${tag}`);
      if (wireType !== GROUP_END) this.skip(wireType, inner, depth + 1);
      else if (fieldNumber === undefined || fieldNumber === inner) return;
      else throw new RangeError(`The group ${fieldNumber} ends as ${inner}`);
    }
  }

  #varint(): bigint {
    // Nearly all are one byte: a tag, a length, a flag.
    const first = this.#byte();
    if (first < 0x80) return BigInt(first);
    let value = BigInt(first & 0x7f);
    for (let i = 1; i < MAX_VARINT_BYTES; i += 1) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return value;
    }
    throw new RangeError('Invalid varint');
  }

  #byte(): number {
    const byte = this.#bytes[this.pos];
    if (byte === undefined) throw new RangeError('A message ends in a field');
    this.pos += 1;
    return byte;
  }

  #take(length: number): Buffer {
    const end = this.pos + length;
    if (end > this.len) throw new RangeError('A message ends in a field');
    const taken = this.#bytes.subarray(this.pos, end);
    this.pos = end;
    return taken;
  }
}

/** Writes the fields of a message, as generated code hands them over. */
export class BinaryWriter {
  #parts: Uint8Array[] = [];
  readonly #outer: Uint8Array[][] = [];

  uint32(value: number): this {
    return this.#varint(BigInt(value));
  }

  int32(value: number): this {
    return this.#varint(BigInt.asUintN(64, BigInt(value)));
  }

  int64(value: number | bigint | string): this {
    return this.#varint(BigInt.asUintN(64, BigInt(value)));
  }

  bool(value: boolean): this {
    return this.#varint(value ? 1n : 0n);
  }

  bytes(value: Uint8Array): this {
    this.uint32(value.length);
    this.#parts.push(value);
    return this;
  }

  string(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  /** Begins a message within this one, whose tag has been written. */
  fork(): this {
    this.#outer.push(this.#parts);
    this.#parts = [];
    return this;
  }

  /** Ends the message that `fork` began. */
  join(): this {
    const inner = this.finish();
    this.#parts = this.#outer.pop() ?? [];
    return this.bytes(inner);
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#parts.push(Uint8Array.from(bytes));
    return this;
  }
}
