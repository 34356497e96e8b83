import type { ServerHttp2Stream } from 'node:http2';
import {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from '../gen/grpc/reflection/v1/reflection';
import { Code } from '../transport/errors/code';
import { OK } from '../transport/errors/status';
import { decodeFailure } from '../transport/methods/decode-request';
import type { CallPipeline } from '../transport/pipeline/call-pipeline';
import type { BeginCall } from './calls/dispatch';
import type { CallPolicy } from './calls/incoming-call';
import { ServerCall } from './calls/server-call';
import { Descriptors } from './descriptors';

type Answer = NonNullable<ServerReflectionResponse['messageResponse']>;
type Answerer = (request: ServerReflectionRequest) => Answer;

/**
 * Reflection v1 and v1alpha, which differ in the name only, by their paths. The library @grpc/reflection works on what
 * protobufjs makes of the proto files: its descriptors of maps and of imported types are refused by grpcurl 1.9.
 *
 * @param services those that the server has besides health and reflection
 */
export function reflectionMethods(
  services: ReadonlySet<string>,
  policy: Omit<CallPolicy, 'path'>,
  pipeline: CallPipeline,
): [path: string, begin: BeginCall][] {
  let descriptors: Descriptors | undefined;
  const answerer: Answerer = (request) => {
    descriptors ??= new Descriptors();
    return answer(descriptors, services, request);
  };
  const { path: v1 } = ServerReflectionService.serverReflectionInfo;
  return [v1, v1.replace('.v1.', '.v1alpha.')].map((path) => {
    const policyOfPath = { ...policy, path };
    return [path, (incoming) => new ReflectionCall(incoming.stream, policyOfPath, pipeline, answerer).begin(incoming)];
  });
}

/** One stream of questions and answers. */
class ReflectionCall extends ServerCall {
  constructor(
    stream: ServerHttp2Stream,
    policy: CallPolicy,
    pipeline: CallPipeline,
    private readonly answerer: Answerer,
  ) {
    super(stream, policy, pipeline);
    stream.on('drain', () => stream.resume());
  }

  override onMessage(message: Buffer): void {
    if (this.isOver) return;
    this.liftTimeout();
    const request = decode(message);
    const messageResponse = this.answerer(request);
    const response = { validHost: request.host, originalRequest: request, messageResponse };
    const takesMore = this.send(ServerReflectionResponse.encode(response).finish());
    // An answer is a thousand times its question: a caller who does not read the answers is not read either.
    if (!takesMore) this.stream.pause();
  }

  protected override onHalfClose(): void {
    this.end(OK);
  }
}

function decode(bytes: Buffer): ServerReflectionRequest {
  try {
    return ServerReflectionRequest.decode(bytes);
  } catch {
    throw decodeFailure();
  }
}

function answer(
  descriptors: Descriptors,
  services: ReadonlySet<string>,
  { messageRequest: asked }: ServerReflectionRequest,
): Answer {
  switch (asked?.$case) {
    case 'listServices': {
      const served = descriptors.services().filter((name) => services.has(name) || name.startsWith('grpc.'));
      const service = served.map((name) => ({ name }));
      return { $case: 'listServicesResponse', listServicesResponse: { service } };
    }
    case 'fileByFilename':
      return files(descriptors.fileNamed(asked.fileByFilename));
    case 'fileContainingSymbol':
      return files(descriptors.fileDeclaring(asked.fileContainingSymbol));
    case 'allExtensionNumbersOfType': {
      const baseTypeName = asked.allExtensionNumbersOfType;
      if (descriptors.fileDeclaring(baseTypeName) === undefined) return notFound();
      const allExtensionNumbersResponse = { baseTypeName, extensionNumber: [] };
      return { $case: 'allExtensionNumbersResponse', allExtensionNumbersResponse };
    }
    default:
      return notFound();
  }
}

function files(fileDescriptorProto: Buffer[] | undefined): Answer {
  if (fileDescriptorProto === undefined) return notFound();
  return { $case: 'fileDescriptorResponse', fileDescriptorResponse: { fileDescriptorProto } };
}

function notFound(): Answer {
  return { $case: 'errorResponse', errorResponse: { errorCode: Code.NOT_FOUND, errorMessage: 'Not found' } };
}
