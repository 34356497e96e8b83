import { join } from 'node:path';
import type { Server } from '@grpc/grpc-js';

/** The proto files, seen from `src/rpc` and from `dist/rpc` alike. */
const PROTO_DIR = join(__dirname, '..', '..', 'proto');
const FILES = ['auth/v1/auth_service.proto', 'auth/v1/admin_service.proto', 'google/rpc/error_details.proto'];

/** Serves reflection v1 and v1alpha. Its libraries are loaded only here: they cost start-up time. */
export async function addReflection(server: Server): Promise<void> {
  const [{ ReflectionService }, { loadSync }, { protoPath }] = await Promise.all([
    import('@grpc/reflection'),
    import('@grpc/proto-loader'),
    import('grpc-health-check'),
  ]);
  const definition = loadSync([...FILES, protoPath], { includeDirs: [PROTO_DIR], keepCase: true });
  new ReflectionService(definition).addToServer(server);
}
