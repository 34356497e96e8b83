import {
  createFileRegistry,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  type JsonValue,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { AuthError } from '../../../auth/errors';
import { descriptorSet } from '../../../gen/descriptors';
import { MessageCodec, WrongField } from './message-codec';
import { type ValueCodec, WrongValue } from './scalars';
import { hasUniqueMembers } from './unique-members';

/** The messages of an RPC between JSON text and the objects that its handler takes and gives. */
export interface JsonCodec {
  readonly isUnary: boolean;
  /** `idempotency_level = NO_SIDE_EFFECTS` in the proto file: it may be asked by GET. */
  readonly isSideEffectFree: boolean;
  /** @throws AuthError INVALID_FIELDS, with the field where it is one that is wrong */
  readonly readRequest: (text: string) => unknown;
  readonly writeResponse: (message: unknown) => string;
}

/** The codecs of all RPCs of `postern.auth.v1` by `/package.Service/Method`, and the JSON of the details of errors. */
export class JsonCodecs {
  readonly #registry: FileRegistry;
  readonly #codecs = new Map<string, JsonCodec>();

  constructor() {
    this.#registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSet, 'base64')));
    const known = new Map<string, ValueCodec>();
    for (const service of this.#registry) {
      if (service.kind !== 'service') continue;
      for (const method of service.methods) {
        this.#codecs.set(`/${service.typeName}/${method.name}`, rpcCodec(method, known));
      }
    }
  }

  /** `/package.Service/` of each service. */
  get folders(): string[] {
    return [...new Set([...this.#codecs.keys()].map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];
  }

  find(path: string): JsonCodec | undefined {
    return this.#codecs.get(path);
  }

  /** A detail of an error as JSON, or undefined when its type is unknown. */
  describeDetail(typeName: string, bytes: Uint8Array): JsonValue | undefined {
    const message = this.#registry.getMessage(typeName);
    return message === undefined ? undefined : toJson(message, fromBinary(message, bytes));
  }
}

function rpcCodec({ input, output, methodKind, idempotency }: DescMethod, known: Map<string, ValueCodec>): JsonCodec {
  const request = known.get(input.typeName) ?? MessageCodec.create(input, known);
  const response = known.get(output.typeName) ?? MessageCodec.create(output, known);
  return {
    isUnary: methodKind === 'unary',
    isSideEffectFree: idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    readRequest(text) {
      try {
        const json: unknown = JSON.parse(text);
        if (!hasUniqueMembers(text, json)) throw new WrongValue('A member stands twice');
        return request.read(json);
      } catch (error) {
        throw invalid(error);
      }
    },
    writeResponse: rememberText((message) => JSON.stringify(response.write(message))),
  };
}

/** Says which field is wrong and what it must be, and never repeats its value. */
function invalid(error: unknown): AuthError {
  const violation =
    error instanceof WrongField
      ? { field: error.field, description: error.description }
      : { field: '', description: 'Must be one JSON object with the fields that the proto file names' };
  return new AuthError('INVALID_FIELDS', { violations: [violation], cause: error });
}

/** Where an answer keeps its text, as it keeps its bytes for gRPC (`transport/methods`). */
const TEXT = Symbol('JSON text');
/** What is asked once is mostly never asked again: only at the second time its text is kept. */
const ONCE = '';

/** Answers about the same principal come again as the same object. */
function rememberText(write: (message: unknown) => string): (message: unknown) => string {
  return (message) => {
    const held = message as { [TEXT]?: string };
    const known = held[TEXT];
    if (known !== undefined && known !== ONCE) return known;
    const text = write(message);
    held[TEXT] = known === ONCE ? text : ONCE;
    return text;
  };
}
