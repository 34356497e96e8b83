import {
  type CallOptions,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type ServiceError,
  status as Status,
} from '@grpc/grpc-js';
import { HealthCheckRequest, HealthCheckResponse } from '../../../src/gen/grpc/health/v1/health';
import type { TokenPair } from '../../../src/gen/postern/auth/v1/auth_service';
import { AdminServiceClient, AuthServiceClient } from '../clients/service-clients';

type Unary<Q, R> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: R) => void,
) => ClientUnaryCall;

export interface Outcome<R> {
  readonly code: Status;
  /** Status and text, for people. */
  readonly text: string;
  readonly response: R | undefined;
  /** How long the client waited, in ms. */
  readonly tookMs: number;
}

export interface Asking {
  readonly bearer?: string;
  readonly patienceMs?: number;
}

export const PASSWORD = 'plum-cabinet-orbit-91';

/** One client of one replica, on a connection of its own. Never throws for a status. */
export class ReplicaClient {
  readonly auth: AuthServiceClient;
  readonly admin: AdminServiceClient;

  constructor(address: string) {
    // As after a restart: a client in a data centre does not wait two minutes before it dials again.
    const options = { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_reconnect_backoff_ms': 500 };
    this.auth = new AuthServiceClient(address, credentials.createInsecure(), options);
    this.admin = new AdminServiceClient(address, credentials.createInsecure(), options);
  }

  async register(name: string, asking?: Asking): Promise<Outcome<unknown>> {
    const request = { email: `${name}@example.com`, username: name, password: PASSWORD };
    return ask<typeof request, unknown>(this.auth.register.bind(this.auth), request, asking);
  }

  /** The tokens of a new session. @throws when the login is refused */
  async login(username: string, password = PASSWORD): Promise<TokenPair> {
    const request = { username, password, deviceName: '' };
    const { response, text } = await ask(this.auth.login.bind(this.auth), request);
    if (response?.tokens === undefined) throw new Error(`Login: ${text}`);
    return response.tokens;
  }

  async refresh(refreshToken: string, asking?: Asking): Promise<Outcome<TokenPair>> {
    const outcome = await ask(this.auth.refresh.bind(this.auth), { refreshToken }, asking);
    return { ...outcome, response: outcome.response?.tokens };
  }

  validate(accessToken: string, { fresh = false, ...asking }: Asking & { readonly fresh?: boolean } = {}) {
    return ask(this.auth.validate.bind(this.auth), { accessToken, allowAnonymous: false, fresh }, asking);
  }

  batchValidate(accessTokens: string[], asking?: Asking) {
    return ask(this.auth.batchValidate.bind(this.auth), { accessTokens }, asking);
  }

  checkRole(accessToken: string, role: string) {
    return ask(this.auth.checkRole.bind(this.auth), { accessToken, roles: [role] });
  }

  revokeSession(sessionId: string, bearer: string) {
    return ask(this.auth.revokeSession.bind(this.auth), { sessionId }, { bearer });
  }

  setUserRoles(userId: string, roles: string[], bearer: string) {
    return ask(this.admin.setUserRoles.bind(this.admin), { userId, roles }, { bearer });
  }

  rotateSigningKey(bearer: string) {
    return ask(this.admin.rotateSigningKey.bind(this.admin), { leadSeconds: 0 }, { bearer });
  }

  /** Whether the replica says that it serves. */
  async isServing(service = 'postern.auth.v1.AuthService'): Promise<boolean> {
    const { response } = await ask<HealthCheckRequest, HealthCheckResponse>(
      (request, metadata, options, callback) =>
        this.auth.makeUnaryRequest(
          '/grpc.health.v1.Health/Check',
          (message) => Buffer.from(HealthCheckRequest.encode(message).finish()),
          (bytes) => HealthCheckResponse.decode(bytes),
          request,
          metadata,
          options,
          (error, answer) => callback(error, answer as HealthCheckResponse),
        ),
      { service },
    );
    return response?.status === 1;
  }

  close(): void {
    this.auth.close();
    this.admin.close();
  }
}

function ask<Q, R>(method: Unary<Q, R>, request: Q, { bearer, patienceMs = 10_000 }: Asking = {}): Promise<Outcome<R>> {
  const metadata = new Metadata();
  if (bearer !== undefined) metadata.set('authorization', `Bearer ${bearer}`);
  const begun = performance.now();
  return new Promise((resolve) => {
    method(request, metadata, { deadline: Date.now() + patienceMs }, (error, response) => {
      const tookMs = performance.now() - begun;
      if (error === null) resolve({ code: Status.OK, text: 'OK', response, tookMs });
      else resolve({ code: error.code, text: `${Status[error.code]} ${error.details}`, response: undefined, tookMs });
    });
  });
}
