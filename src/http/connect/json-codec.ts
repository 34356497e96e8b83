import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJsonString,
  type JsonValue,
  ScalarType,
  toBinary,
  toJson,
  toJsonString,
} from '@bufbuild/protobuf';
import { isFieldError } from '@bufbuild/protobuf/reflect';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { AuthError } from '../../auth/errors';
import { descriptorSet } from '../../gen/descriptors';

const READ = { ignoreUnknownFields: true };
/** All fields are written, as a caller in JavaScript expects them. */
const WRITE = { alwaysEmitImplicit: true };

/**
 * The messages of an RPC between protobuf and the JSON of proto3 (names in camelCase, also read as in the proto file).
 */
export interface JsonCodec {
  readonly streaming: boolean;
  /** @throws AuthError INVALID_FIELDS, with the field where it is one that is wrong */
  request(text: string): Uint8Array;
  response(bytes: Uint8Array): string;
}

/** The codecs of all RPCs of `postern.auth.v1` by `/package.Service/Method`, and the JSON of the details of errors. */
export class JsonCodecs {
  readonly #registry: FileRegistry;
  readonly #codecs = new Map<string, JsonCodec>();

  constructor() {
    const files = fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSet, 'base64'));
    this.#registry = createFileRegistry(files);
    for (const service of this.#registry) {
      if (service.kind !== 'service') continue;
      for (const { name, input, output, methodKind } of service.methods) {
        this.#codecs.set(`/${service.typeName}/${name}`, codec(input, output, methodKind !== 'unary'));
      }
    }
  }

  get paths(): string[] {
    return [...this.#codecs.keys()];
  }

  find(path: string): JsonCodec | undefined {
    return this.#codecs.get(path);
  }

  /** A message as JSON, or undefined when its type is unknown. */
  json(typeName: string, bytes: Uint8Array): JsonValue | undefined {
    const message = this.#registry.getMessage(typeName);
    return message === undefined ? undefined : toJson(message, fromBinary(message, bytes));
  }
}

function codec(input: DescMessage, output: DescMessage, streaming: boolean): JsonCodec {
  return {
    streaming,
    request(text) {
      try {
        return toBinary(input, fromJsonString(input, text, READ));
      } catch (error) {
        throw invalid(error);
      }
    },
    response: (bytes) => toJsonString(output, fromBinary(output, bytes), WRITE),
  };
}

/** Says which field is wrong and what it must be, and never repeats its value. */
function invalid(error: unknown): AuthError {
  const cause = error instanceof Error ? error.cause : undefined;
  const field = isFieldError(cause) ? cause.field() : undefined;
  const violation =
    field?.kind === 'field'
      ? { field: field.name, description: `Must be ${form(field)}` }
      : { field: '', description: 'Must be one JSON object with the fields that the proto file names' };
  return new AuthError('INVALID_FIELDS', { violations: [violation], cause: error });
}

function form(field: DescField): string {
  if (field.fieldKind === 'list') return 'a JSON array';
  if (field.fieldKind !== 'scalar') return 'as the ProtoJSON format writes its type';
  switch (field.scalar) {
    case ScalarType.STRING:
      return 'a string of well-formed Unicode';
    case ScalarType.BOOL:
      return 'true or false';
    default:
      return 'a whole number within the range of its type';
  }
}
