import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import * as admin from '../../../src/gen/postern/auth/v1/admin_service';
import * as auth from '../../../src/gen/postern/auth/v1/auth_service';
import { PASSWORD } from '../../seed';

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** One client that makes one call after the other. */
export class Caller {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  async login(username: string): Promise<auth.TokenPair> {
    const request = { username, password: PASSWORD, deviceName: 'bench' };
    const { tokens } = await this.#auth('Login', auth.LoginRequest, auth.LoginResponse, request);
    if (tokens === undefined) throw new Error('Login answered no tokens');
    return tokens;
  }

  /** Resolves when the login is refused; rejects when it is for another reason than the credentials. */
  async refusedLogin(username: string, password: string): Promise<void> {
    const request = { username, password, deviceName: 'bench' };
    const code = await this.#auth('Login', auth.LoginRequest, auth.LoginResponse, request).then(
      () => 'OK',
      (error: ServiceError) => error.code,
    );
    if (code !== status.UNAUTHENTICATED) throw new Error(`Login of ${username} ended with ${code}`);
  }

  refresh(refreshToken: string): Promise<unknown> {
    return this.#auth('Refresh', auth.RefreshRequest, auth.RefreshResponse, { refreshToken });
  }

  logout(refreshToken: string): Promise<unknown> {
    return this.#auth('Logout', auth.LogoutRequest, auth.LogoutResponse, { refreshToken });
  }

  revokeAllSessions(bearer: string): Promise<unknown> {
    const [asked, answered] = [auth.RevokeAllSessionsRequest, auth.RevokeAllSessionsResponse];
    return this.#auth('RevokeAllSessions', asked, answered, { keepCurrent: false }, bearer);
  }

  listSessions(bearer: string): Promise<unknown> {
    return this.#auth('ListSessions', auth.ListSessionsRequest, auth.ListSessionsResponse, {}, bearer);
  }

  getUser(username: string, bearer: string): Promise<unknown> {
    const key = { $case: 'username' as const, username };
    return this.#admin('GetUser', admin.GetUserRequest, admin.GetUserResponse, { key }, bearer);
  }

  revokeUserSessions(userId: string, bearer: string): Promise<unknown> {
    const [asked, answered] = [admin.RevokeUserSessionsRequest, admin.RevokeUserSessionsResponse];
    return this.#admin('RevokeUserSessions', asked, answered, { userId }, bearer);
  }

  listUsers(query: Partial<admin.ListUsersRequest>, bearer: string): Promise<unknown> {
    const request = { ...admin.ListUsersRequest.decode(Buffer.alloc(0)), ...query };
    return this.#admin('ListUsers', admin.ListUsersRequest, admin.ListUsersResponse, request, bearer);
  }

  listApiKeys(userId: string, bearer: string): Promise<unknown> {
    const request = { ...admin.ListApiKeysRequest.decode(Buffer.alloc(0)), userId };
    return this.#admin('ListApiKeys', admin.ListApiKeysRequest, admin.ListApiKeysResponse, request, bearer);
  }

  listAuditEvents(
    query: Partial<admin.ListAuditEventsRequest>,
    bearer: string,
  ): Promise<admin.ListAuditEventsResponse> {
    const request = { ...admin.ListAuditEventsRequest.decode(Buffer.alloc(0)), ...query };
    return this.#admin('ListAuditEvents', admin.ListAuditEventsRequest, admin.ListAuditEventsResponse, request, bearer);
  }

  close(): void {
    this.#client.close();
  }

  #auth<Q, A>(method: string, asked: Codec<Q>, answered: Codec<A>, request: Q, bearer?: string): Promise<A> {
    return this.#call(`/postern.auth.v1.AuthService/${method}`, asked, answered, request, bearer);
  }

  #admin<Q, A>(method: string, asked: Codec<Q>, answered: Codec<A>, request: Q, bearer: string): Promise<A> {
    return this.#call(`/postern.auth.v1.AdminService/${method}`, asked, answered, request, bearer);
  }

  #call<Q, A>(path: string, asked: Codec<Q>, answered: Codec<A>, request: Q, bearer?: string): Promise<A> {
    const metadata = new Metadata();
    if (bearer !== undefined) metadata.set('authorization', `Bearer ${bearer}`);
    const serialize = (message: Q) => Buffer.from(asked.encode(message).finish());
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, serialize, answered.decode, request, metadata, (error, answer) => {
        if (error === null && answer !== undefined) resolve(answer);
        else reject(error ?? new Error(`${path} answered nothing`));
      });
    });
  }
}
