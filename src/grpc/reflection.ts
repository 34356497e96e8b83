import { type Server, type ServerDuplexStream, status } from '@grpc/grpc-js';
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionService,
} from '../gen/grpc/reflection/v1/reflection';
import { Descriptors } from './descriptors';

type Answer = NonNullable<ServerReflectionResponse['messageResponse']>;
type Stream = ServerDuplexStream<ServerReflectionRequest, ServerReflectionResponse>;

/**
 * Serves reflection v1 and v1alpha, which differ in the name only. The library @grpc/reflection works on what protobufjs makes of the
 * proto files: its descriptors of maps and of imported types are refused by grpcurl 1.9.
 *
 * @param services those that the server has besides health and reflection
 */
export function addReflection(server: Server, services: ReadonlySet<string>): void {
  const { serverReflectionInfo: v1 } = ServerReflectionService;
  let descriptors: Descriptors | undefined;
  const serverReflectionInfo = (stream: Stream): void => {
    stream.on('data', (request: ServerReflectionRequest) => {
      descriptors ??= new Descriptors();
      const takesMore = stream.write({
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(descriptors, services, request),
      });
      // An answer is a thousand times its question: whoever does not read what was asked for is not heard either.
      if (!takesMore) stream.pause();
    });
    stream.on('drain', () => stream.resume());
    stream.on('error', () => {});
    stream.on('end', () => stream.end());
  };
  server.addService(ServerReflectionService, { serverReflectionInfo });
  const path = v1.path.replace('.v1.', '.v1alpha.');
  server.addService({ serverReflectionInfo: { ...v1, path } }, { serverReflectionInfo });
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
  return { $case: 'errorResponse', errorResponse: { errorCode: status.NOT_FOUND, errorMessage: 'Not found' } };
}
