import { AuthorizationService } from '../../gen/envoy/service/auth/v3/external_auth';
import { HealthService } from '../../gen/grpc/health/v1/health';
import { ServerReflectionService } from '../../gen/grpc/reflection/v1/reflection';
import { AdminServiceService } from '../../gen/postern/auth/v1/admin_service';
import { AuthServiceService } from '../../gen/postern/auth/v1/auth_service';

/** The services of this server, `package.Service`, as their generated definitions name them. */
export const SERVICE_NAMES = {
  auth: readName(AuthServiceService.validate),
  admin: readName(AdminServiceService.getUser),
  health: readName(HealthService.check),
  reflection: readName(ServerReflectionService.serverReflectionInfo),
  extAuthz: readName(AuthorizationService.check),
} as const;

/** Validate, `package.Service/Method`: the call that examples show. */
export const EXAMPLE_RPC = AuthServiceService.validate.path.slice(1);

function readName({ path }: { readonly path: string }): string {
  return path.slice(1, path.lastIndexOf('/'));
}
