import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { enumCodec, scalarCodec, type ValueCodec, WrongValue } from './scalars';
import { TIMESTAMP } from './timestamp';

/** A field of a JSON object has a value that it does not take. */
export class WrongField extends Error {
  override readonly name = 'WrongField';

  constructor(
    /** As in the proto file. */
    readonly field: string,
    readonly description: string,
  ) {
    super(`${field}: ${description}`);
  }
}

type Fields = Record<string, unknown>;

interface FieldCodec extends ValueCodec {
  readonly name: string;
  readonly jsonName: string;
  /** Its property in a generated message: its own, or that of the oneof that it belongs to. */
  readonly property: string;
  /** Its name within a oneof. */
  readonly oneofCase: string | undefined;
}

/**
 * The messages of one type between JSON (ProtoJSON: names in camelCase, also read as in the proto file) and the objects
 * that ts-proto generates. Of unknown fields nothing is kept; fields without a value of their own are written, as a
 * caller in JavaScript expects.
 */
export class MessageCodec implements ValueCodec {
  #fields: readonly FieldCodec[] = [];
  readonly #byName = new Map<string, FieldCodec>();

  private constructor(private readonly typeName: string) {}

  /**
   * @param known the codecs made so far, by type; a type may contain itself. @throws Error for a type that the codec
   * does not know
   */
  static create(type: DescMessage, known: Map<string, ValueCodec>): MessageCodec {
    const codec = new MessageCodec(type.typeName);
    known.set(type.typeName, codec);
    codec.#fields = type.fields.map((field) => fieldCodec(field, known));
    for (const field of codec.#fields) codec.#byName.set(field.name, field).set(field.jsonName, field);
    return codec;
  }

  initial(): undefined {
    return undefined;
  }

  /** @throws WrongValue when the value is no object, WrongField when one of its fields is wrong */
  read(json: unknown): object {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new WrongValue(`Must be an object with the fields of ${this.typeName}`);
    }
    const message: Fields = {};
    for (const { property, initial } of this.#fields) message[property] = initial();
    const read = new Set<string>();
    for (const [name, value] of Object.entries(json)) {
      const field = this.#byName.get(name);
      if (field === undefined || value === null) continue;
      if (read.has(field.property)) throw new WrongField(field.name, 'Must be given once, under one of its names');
      read.add(field.property);
      const own = readField(field, value);
      message[field.property] =
        field.oneofCase === undefined ? own : { $case: field.oneofCase, [field.oneofCase]: own };
    }
    return message;
  }

  write(message: unknown): object {
    const json: Fields = {};
    for (const { property, oneofCase, jsonName, write } of this.#fields) {
      const held = (message as Fields)[property];
      const value = oneofCase === undefined ? held : (held as Fields | undefined)?.[oneofCase];
      if (value !== undefined) json[jsonName] = write(value);
    }
    return json;
  }
}

function readField({ name, read }: FieldCodec, value: unknown): unknown {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof WrongValue) throw new WrongField(name, error.description);
    throw error;
  }
}

function fieldCodec(field: DescField, known: Map<string, ValueCodec>): FieldCodec {
  const { name, jsonName, localName, oneof } = field;
  const { read, write, initial } = codecOfField(field, known);
  const isAbsent = oneof !== undefined || (field.fieldKind !== 'list' && field.proto.proto3Optional);
  return {
    name,
    jsonName,
    property: oneof?.localName ?? localName,
    oneofCase: oneof === undefined ? undefined : localName,
    read,
    write,
    initial: isAbsent ? () => undefined : initial,
  };
}

function codecOfField(field: DescField, known: Map<string, ValueCodec>): ValueCodec {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarCodec(field.scalar);
    case 'enum':
      return enumCodec(field.enum);
    case 'message':
      return messageCodec(field.message, known);
    case 'list':
      return listCodec(elementCodec(field, known));
    default:
      throw new Error(`The JSON codec knows no field of the kind ${field.fieldKind} (${field.toString()})`);
  }
}

function elementCodec(field: DescField & { fieldKind: 'list' }, known: Map<string, ValueCodec>): ValueCodec {
  if (field.listKind === 'scalar') return scalarCodec(field.scalar);
  return field.listKind === 'enum' ? enumCodec(field.enum) : messageCodec(field.message, known);
}

function listCodec({ read, write }: ValueCodec): ValueCodec {
  return {
    read(json) {
      if (!Array.isArray(json)) throw new WrongValue('Must be a JSON array');
      return json.map(read);
    },
    write: (value) => (value as readonly unknown[]).map(write),
    initial: () => [],
  };
}

function messageCodec(type: DescMessage, known: Map<string, ValueCodec>): ValueCodec {
  if (type.typeName === 'google.protobuf.Timestamp') return TIMESTAMP;
  if (type.typeName.startsWith('google.protobuf.')) throw new Error(`The JSON codec does not know ${type.typeName}`);
  const codec = known.get(type.typeName) ?? MessageCodec.create(type, known);
  // Its methods are asked when a value is there: a type that contains itself is not complete yet.
  return { read: (json) => codec.read(json), write: (value) => codec.write(value), initial: () => undefined };
}
