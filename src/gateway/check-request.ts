import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** What decides, of the request that Envoy describes in a Check. */
export interface CheckQuestion {
  /** Every `authorization` of the request. */
  readonly authorization: readonly string[];
  /** Every `x-api-key` of it. */
  readonly apiKeys: readonly string[];
  /** Every `x-forwarded-for` of it. */
  readonly forwardedFor: readonly string[];
  /** `context_extensions` of the route. */
  readonly extensions: Readonly<Record<string, string>>;
}

// Numbers of fields in proto/envoy/service/auth/v3.
const ATTRIBUTES = 1;
const REQUEST = 4;
const EXTENSIONS = 10;
const HTTP = 2;
const HEADERS = 3;
const HEADER_MAP = 13;
const LISTED_HEADERS = 1;
const KEY = 1;
const VALUE = 2;
const RAW_VALUE = 3;

interface Found {
  readonly authorization: string[];
  readonly apiKeys: string[];
  readonly forwardedFor: string[];
  readonly extensions: Record<string, string>;
}

/** Where the values of a header belong, by its name in lower case. */
const HEADERS_TO_KEEP: ReadonlyMap<string, (found: Found) => string[]> = new Map([
  ['authorization', (found: Found) => found.authorization],
  ['x-api-key', (found: Found) => found.apiKeys],
  ['x-forwarded-for', (found: Found) => found.forwardedFor],
]);
const LENGTHS_TO_KEEP = new Set([...HEADERS_TO_KEEP.keys()].map((name) => name.length));

/** Reads one length-delimited field, up to `end`; false: nothing in it is needed. */
type ReadField = (reader: BinaryReader, number: number, end: number, found: Found) => boolean;

/**
 * Decodes `envoy.service.auth.v3.CheckRequest` as far as a decision needs it: of a dozen headers one or two. The
 * generated decoder makes objects and strings of all, and takes longer than the decision (docs/decisions/0022).
 *
 * @throws RangeError, Error on malformed bytes
 */
export function decodeCheckRequest(bytes: Uint8Array): CheckQuestion {
  const found: Found = { authorization: [], apiKeys: [], forwardedFor: [], extensions: {} };
  const reader = new BinaryReader(bytes);
  readFields(reader, bytes.length, readCheck, found);
  return found;
}

const readCheck = nested(ATTRIBUTES, (reader, number, end, found) => {
  if (number === REQUEST) return readFields(reader, end, readRequest, found);
  if (number !== EXTENSIONS) return false;
  const { key, value } = readEntry(reader, end);
  found.extensions[key] = value;
  return true;
});

const readRequest = nested(HTTP, (reader, number, end, found) => {
  if (number === HEADERS) return readHeader(reader, end, found);
  return number === HEADER_MAP && readFields(reader, end, readHeaderMap, found);
});

const readHeaderMap: ReadField = (reader, number, end, found) =>
  number === LISTED_HEADERS && readHeader(reader, end, found);

/** The fields of the one message that is needed of a message. */
function nested(wanted: number, read: ReadField): ReadField {
  return (reader, number, end, found) => number === wanted && readFields(reader, end, read, found);
}

function readFields(reader: BinaryReader, end: number, read: ReadField, found: Found): true {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) !== WireType.LengthDelimited) {
      reader.skip(tag & 7);
      continue;
    }
    const fieldEnd = readEnd(reader, end);
    if (!read(reader, tag >>> 3, fieldEnd, found)) reader.pos = fieldEnd;
  }
  if (reader.pos !== end) throw new RangeError('A message is longer than its field');
  return true;
}

function readEnd(reader: BinaryReader, end: number): number {
  const length = reader.uint32();
  const fieldEnd = reader.pos + length;
  if (fieldEnd > end) throw new RangeError('A field is longer than its message');
  return fieldEnd;
}

/**
 * Keeps a header of which something hangs. Their lengths are those of few other names, so that most are skipped unread.
 */
function readHeader(reader: BinaryReader, end: number, found: Found): boolean {
  if (!mayBeKept(reader, end)) return false;
  const { key, value, rawValue } = readEntry(reader, end);
  HEADERS_TO_KEEP.get(key.toLowerCase())?.(found).push(value === '' ? rawValue : value);
  return true;
}

/** False when the entry begins with a key of another length. Other encoders may write the key last. */
function mayBeKept(reader: BinaryReader, end: number): boolean {
  const start = reader.pos;
  const isKey = reader.uint32() >>> 3 === KEY && reader.pos < end;
  const isKept = !isKey || LENGTHS_TO_KEEP.has(reader.uint32());
  reader.pos = start;
  return isKept;
}

function readEntry(reader: BinaryReader, end: number): { key: string; value: string; rawValue: string } {
  const entry = { key: '', value: '', rawValue: '' };
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) !== WireType.LengthDelimited) {
      reader.skip(tag & 7);
      continue;
    }
    const number = tag >>> 3;
    if (number === KEY) entry.key = reader.string();
    else if (number === VALUE) entry.value = reader.string();
    else if (number === RAW_VALUE) entry.rawValue = Buffer.from(reader.bytes()).toString('latin1');
    else reader.skip(tag & 7);
  }
  if (reader.pos !== end) throw new RangeError('A message is longer than its field');
  return entry;
}
