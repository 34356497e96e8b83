import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import * as admin from '../../../src/gen/postern/auth/v1/admin_service';
import * as auth from '../../../src/gen/postern/auth/v1/auth_service';
import { PASSWORD } from '../../seed';

interface Encoder<T> {
  encode(message: T): { finish(): Uint8Array };
}

interface Decoder<T> {
  decode(bytes: Uint8Array): T;
}

/**
 * Answers that are only timed stay bytes: a thousand users decoded here let this process collect garbage for up to 28
 * ms in the middle of a call, which counted as the service's.
 */
const UNREAD: Decoder<Uint8Array> = { decode: (bytes) => bytes };

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
    return this.#auth('Refresh', auth.RefreshRequest, UNREAD, { refreshToken });
  }

  logout(refreshToken: string): Promise<unknown> {
    return this.#auth('Logout', auth.LogoutRequest, UNREAD, { refreshToken });
  }

  revokeAllSessions(bearer: string): Promise<unknown> {
    return this.#auth('RevokeAllSessions', auth.RevokeAllSessionsRequest, UNREAD, { keepCurrent: false }, bearer);
  }

  listSessions(bearer: string): Promise<unknown> {
    return this.#auth('ListSessions', auth.ListSessionsRequest, UNREAD, {}, bearer);
  }

  getUser(username: string, bearer: string): Promise<unknown> {
    const key = { $case: 'username' as const, username };
    return this.#admin('GetUser', admin.GetUserRequest, UNREAD, { key }, bearer);
  }

  revokeUserSessions(userId: string, bearer: string): Promise<unknown> {
    return this.#admin('RevokeUserSessions', admin.RevokeUserSessionsRequest, UNREAD, { userId }, bearer);
  }

  listUsers(query: Partial<admin.ListUsersRequest>, bearer: string): Promise<unknown> {
    const request = { ...admin.ListUsersRequest.decode(Buffer.alloc(0)), ...query };
    return this.#admin('ListUsers', admin.ListUsersRequest, UNREAD, request, bearer);
  }

  listApiKeys(userId: string, bearer: string): Promise<unknown> {
    const request = { ...admin.ListApiKeysRequest.decode(Buffer.alloc(0)), userId };
    return this.#admin('ListApiKeys', admin.ListApiKeysRequest, UNREAD, request, bearer);
  }

  listAuditEvents(query: Partial<admin.ListAuditEventsRequest>, bearer: string): Promise<unknown> {
    const request = { ...admin.ListAuditEventsRequest.decode(Buffer.alloc(0)), ...query };
    return this.#admin('ListAuditEvents', admin.ListAuditEventsRequest, UNREAD, request, bearer);
  }

  close(): void {
    this.#client.close();
  }

  #auth<Q, A>(method: string, asked: Encoder<Q>, answered: Decoder<A>, request: Q, bearer?: string): Promise<A> {
    return this.#call(`/postern.auth.v1.AuthService/${method}`, asked, answered, request, bearer);
  }

  #admin<Q, A>(method: string, asked: Encoder<Q>, answered: Decoder<A>, request: Q, bearer: string): Promise<A> {
    return this.#call(`/postern.auth.v1.AdminService/${method}`, asked, answered, request, bearer);
  }

  #call<Q, A>(path: string, asked: Encoder<Q>, answered: Decoder<A>, request: Q, bearer?: string): Promise<A> {
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
