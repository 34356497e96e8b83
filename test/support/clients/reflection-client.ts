import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, type MethodDefinition } from '@grpc/proto-loader';
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '../../../src/gen/grpc/reflection/v1/reflection';

type Json = Record<string, unknown>;
type Question = ServerReflectionRequest['messageRequest'];
type Answer = ServerReflectionResponse['messageResponse'];

/** A client that knows of the service only what reflection says, as grpcurl and other generic clients do. */
export interface ReflectionClient {
  /** The names of all services. */
  services(): Promise<string[]>;
  /** The full names of a service's methods. */
  methods(service: string): Promise<string[]>;
  /** Calls `package.Service/Method`; fields in either spelling, answered as in protobuf's JSON. @throws ServiceError */
  call(method: string, request: Json, headers?: Record<string, string>): Promise<Json>;
  close(): void;
}

const AS_JSON = { longs: String, enums: String, bytes: String, oneofs: false } as const;

/** Talks to the reflection of `version` at `address`, in plaintext. */
export function reflectionClient(address: string, version: 'v1' | 'v1alpha' = 'v1'): ReflectionClient {
  const channel = new Client(address, credentials.createInsecure());
  const known = new Map<string, Promise<Record<string, MethodDefinition<object, object>>>>();

  const definition = (service: string) => {
    const asked = known.get(service) ?? askDefinition(address, version, service);
    known.set(service, asked);
    return asked;
  };

  return {
    services: async () => {
      const answer = await ask(address, version, { $case: 'listServices', listServices: '' });
      if (answer?.$case !== 'listServicesResponse') throw new Error('Reflection lists no services');
      return answer.listServicesResponse.service.map(({ name }) => name);
    },
    methods: async (service) =>
      Object.values(await definition(service)).map(({ path }) => path.slice(1).replace('/', '.')),
    call: async (method, request, headers = {}) => {
      const [service = '', name = ''] = method.split('/');
      const found = (await definition(service))[name];
      if (found === undefined) throw new Error(`${service} has no method ${name}`);
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
      return new Promise((resolve, reject) => {
        channel.makeUnaryRequest(
          found.path,
          found.requestSerialize,
          found.responseDeserialize,
          renamed(request, snakeCase) as object,
          metadata,
          { deadline: Date.now() + 20_000 },
          (error: ServiceError | null, answer) =>
            error === null ? resolve(renamed(answer, camelCase) as Json) : reject(error),
        );
      });
    },
    close: () => channel.close(),
  };
}

/**
 * The value with every field, however deep, named by `rename`: descriptors know fields by their names in the proto
 * file.
 */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [rename(name), renamed(inner, rename)]));
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

async function askDefinition(address: string, version: 'v1' | 'v1alpha', service: string) {
  const answer = await ask(address, version, { $case: 'fileContainingSymbol', fileContainingSymbol: service });
  if (answer?.$case !== 'fileDescriptorResponse') throw new Error(`Reflection does not know ${service}`);
  const files = answer.fileDescriptorResponse.fileDescriptorProto;
  // FileDescriptorSet: field 1, repeated FileDescriptorProto.
  const set = Buffer.concat(files.flatMap((file) => [Buffer.from([0x0a]), varint(file.length), file]));
  const loaded = loadFileDescriptorSetFromBuffer(set, AS_JSON)[service];
  return loaded as unknown as Record<string, MethodDefinition<object, object>>;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

/** One question on the reflection stream; the two versions differ in the name only. */
function ask(address: string, version: 'v1' | 'v1alpha', question: Question): Promise<Answer> {
  const { path, requestSerialize, responseDeserialize } = ServerReflectionService.serverReflectionInfo;
  const client = new Client(address, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    path.replace('.v1.', `.${version}.`),
    requestSerialize,
    responseDeserialize,
    new Metadata(),
    { deadline: Date.now() + 20_000 },
  );
  return new Promise<Answer>((resolve, reject) => {
    stream
      .on('data', ({ messageResponse }: { messageResponse: Answer }) => resolve(messageResponse))
      .on('error', reject);
    stream.end({ host: '', messageRequest: question });
  }).finally(() => client.close());
}
