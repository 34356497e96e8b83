import { AuthorizationService, type CheckResponse } from '../../gen/envoy/service/auth/v3/external_auth';
import { AdminServiceService } from '../../gen/postern/auth/v1/admin_service';
import {
  AuthServiceService,
  type BatchValidateResponse,
  type BatchValidateResult,
} from '../../gen/postern/auth/v1/auth_service';
import { withCachedElements, withCachedEncoding } from './cached-encoding';
import { type Handler, type RpcMethod, type UnaryHandlers, unaryMethods } from './method';
import { decodeValidateRequest } from './validate-request';

export type AuthHandlers = UnaryHandlers<AuthServiceService>;
export type AdminHandlers = UnaryHandlers<AdminServiceService>;

/** What the methods that others call on every request of their own do beyond the generated codecs. */
const FREQUENT_METHODS: Readonly<Record<string, (method: RpcMethod) => RpcMethod>> = {
  [AuthServiceService.validate.path]: (method) => withCachedEncoding({ ...method, decode: decodeValidateRequest }),
  [AuthServiceService.checkRole.path]: withCachedEncoding,
  [AuthServiceService.batchValidate.path]: (method) =>
    withCachedElements<BatchValidateResult, BatchValidateResponse>(method, {
      of: ({ results }) => results,
      only: (result) => ({ results: [result] }),
    }),
};

/** Every unary RPC of AuthService. */
export function authMethods(handlers: AuthHandlers): RpcMethod[] {
  return unaryMethods(AuthServiceService, handlers).map((method) => FREQUENT_METHODS[method.path]?.(method) ?? method);
}

/** Every unary RPC of AdminService. */
export function adminMethods(handlers: AdminHandlers): RpcMethod[] {
  return unaryMethods(AdminServiceService, handlers);
}

/** `envoy.service.auth.v3.Authorization/Check`, of whose request `decode` reads what `handle` needs. */
export function extAuthzMethod<Request>(
  decode: (bytes: Uint8Array) => Request,
  handle: Handler<Request, CheckResponse>,
): RpcMethod {
  const { path, responseSerialize } = AuthorizationService.check;
  return withCachedEncoding({
    path,
    decode,
    encode: responseSerialize as RpcMethod['encode'],
    handle: handle as Handler<unknown, unknown>,
  });
}
