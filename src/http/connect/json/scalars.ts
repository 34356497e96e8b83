import { type DescEnum, ScalarType } from '@bufbuild/protobuf';

/** A value is not what its field takes. */
export class WrongValue extends Error {
  override readonly name = 'WrongValue';

  constructor(readonly description: string) {
    super(description);
  }
}

/** How a kind of value is read from JSON, written to it, and absent. */
export interface ValueCodec {
  /** @throws WrongValue */
  readonly read: (json: unknown) => unknown;
  readonly write: (value: unknown) => unknown;
  /** What the field holds when it is not set. */
  readonly initial: () => unknown;
}

const identity = (value: unknown): unknown => value;

/** @throws Error for a scalar that no message of the service uses yet */
export function scalarCodec(type: ScalarType): ValueCodec {
  switch (type) {
    case ScalarType.STRING:
      return { read: readString, write: identity, initial: () => '' };
    case ScalarType.BOOL:
      return { read: readBool, write: identity, initial: () => false };
    case ScalarType.INT32:
      return integerCodec(-(2 ** 31), 2 ** 31 - 1, identity);
    case ScalarType.UINT32:
      return integerCodec(0, 2 ** 32 - 1, identity);
    case ScalarType.INT64:
      return integerCodec(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, String);
    case ScalarType.UINT64:
      return integerCodec(0, Number.MAX_SAFE_INTEGER, String);
    default:
      throw new Error(`The JSON codec knows no scalar of the type ${ScalarType[type]}`);
  }
}

/** The name of a value, or its number; an unknown number is kept, as proto3 has it. */
export function enumCodec({ values }: DescEnum): ValueCodec {
  const numbers = new Map(values.map(({ name, number }) => [name, number]));
  const names = new Map(values.map(({ name, number }) => [number, name]));
  const read = (json: unknown): number => {
    const number = typeof json === 'string' ? numbers.get(json) : json;
    if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) < 2 ** 31) return number;
    throw new WrongValue(`Must be one of ${[...numbers.keys()].join(', ')}`);
  };
  return { read, write: (value) => names.get(value as number) ?? value, initial: () => 0 };
}

function readString(json: unknown): string {
  if (typeof json === 'string' && json.isWellFormed()) return json;
  throw new WrongValue('Must be a string of well-formed Unicode');
}

function readBool(json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  throw new WrongValue('Must be true or false');
}

function integerCodec(least: number, most: number, write: (value: unknown) => unknown): ValueCodec {
  const read = (json: unknown): number => {
    const number = typeof json === 'string' && /^-?\d{1,20}$/.test(json) ? Number(json) : json;
    if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
    throw new WrongValue('Must be a whole number within the range of its type');
  };
  return { read, write, initial: () => 0 };
}
