/**
 * Names of attributes by OpenTelemetry's semantic conventions 1.45 (RPC, HTTP, database: stable), and `postern.*` where
 * there is none. Spelled out, since the package that has them all is 10 MB.
 */
export const RPC_SYSTEM = 'rpc.system.name';
export const RPC_METHOD = 'rpc.method';
export const RPC_STATUS = 'rpc.status_code';
export const HTTP_METHOD = 'http.request.method';
export const HTTP_ROUTE = 'http.route';
export const HTTP_STATUS = 'http.response.status_code';
export const CLIENT_ADDRESS = 'client.address';
export const DB_SYSTEM = 'db.system.name';
export const DB_OPERATION = 'db.operation.name';
export const ERROR_TYPE = 'error.type';
export const REQUEST_ID = 'postern.request_id';
/** Why a call was refused, or which user a gateway asked about. */
export const REASON = 'postern.reason';
/** What a gateway was answered. */
export const OUTCOME = 'postern.outcome';
/** How many passwords were hashed in the same batch, where that is more than one. */
export const HASHES_TOGETHER = 'postern.hashes_together';
