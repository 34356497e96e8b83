import { Code } from '../../transport/errors/code';

/** The HTTP status of each code (connectrpc.com/docs/protocol, "Error codes"). */
const HTTP_STATUSES: Readonly<Record<Exclude<Code, Code.OK>, number>> = {
  [Code.CANCELLED]: 499,
  [Code.UNKNOWN]: 500,
  [Code.INVALID_ARGUMENT]: 400,
  [Code.DEADLINE_EXCEEDED]: 504,
  [Code.NOT_FOUND]: 404,
  [Code.ALREADY_EXISTS]: 409,
  [Code.PERMISSION_DENIED]: 403,
  [Code.RESOURCE_EXHAUSTED]: 429,
  [Code.FAILED_PRECONDITION]: 400,
  [Code.ABORTED]: 409,
  [Code.OUT_OF_RANGE]: 400,
  [Code.UNIMPLEMENTED]: 501,
  [Code.INTERNAL]: 500,
  [Code.UNAVAILABLE]: 503,
  [Code.DATA_LOSS]: 500,
  [Code.UNAUTHENTICATED]: 401,
};

/** How the Connect protocol writes a refusal. */
export function connectCode(code: Code): { readonly name: string; readonly httpStatus: number } {
  const known = code === Code.OK ? Code.UNKNOWN : code;
  // Connect spells this one otherwise than gRPC.
  const name = known === Code.CANCELLED ? 'canceled' : Code[known].toLowerCase();
  return { name, httpStatus: HTTP_STATUSES[known] };
}
