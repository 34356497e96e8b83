/**
 * Why somebody was not let through: the reasons of the service's Validate and CheckRole; or UNAVAILABLE, where neither
 * this client nor the service could tell.
 */
export type Reason =
  | 'INVALID_TOKEN'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REVOKED'
  | 'USER_INACTIVE'
  | 'ROLE_MISSING'
  | 'UNAVAILABLE';

/** How a reason looks over gRPC (google.rpc.Code) and over HTTP; code and message are those of the service. */
export interface ReasonStatus {
  readonly code: 7 | 14 | 16;
  readonly httpStatus: 401 | 403 | 503;
  readonly message: string;
}

const UNAUTHENTICATED = { code: 16, httpStatus: 401, message: 'Could not validate credentials' } as const;

export const REASON_STATUSES: Readonly<Record<Reason, ReasonStatus>> = {
  INVALID_TOKEN: UNAUTHENTICATED,
  TOKEN_EXPIRED: UNAUTHENTICATED,
  TOKEN_REVOKED: UNAUTHENTICATED,
  USER_INACTIVE: { ...UNAUTHENTICATED, message: 'Inactive user' },
  ROLE_MISSING: { code: 7, httpStatus: 403, message: 'Not enough permissions' },
  UNAVAILABLE: { code: 14, httpStatus: 503, message: 'Authentication is unavailable' },
};

/** When to try again after UNAVAILABLE, in seconds. */
export const RETRY_AFTER_SECONDS = 1;

/** What `validate` rejects with. `reason` is for programs, the message fixed text. */
export class PosternError extends Error {
  override readonly name = 'PosternError';

  constructor(
    readonly reason: Reason,
    options?: { readonly cause?: unknown },
  ) {
    super(REASON_STATUSES[reason].message, options);
  }
}
