import { type Client, status as Code, Metadata, type ServiceError } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo } from '../../../src/gen/google/rpc/error_details';
import { Status } from '../../../src/gen/google/rpc/status';
import type { Principal, Session, TokenPair, User } from '../../../src/gen/postern/auth/v1/auth_service';
import type { AdminServiceClient, AuthServiceClient } from '../clients/service-clients';
import { ADMIN, type StartedApp } from '../processes/start-app';

export const PASSWORD = 'violet-harbour-lantern-7';

/** What the answers of all RPCs can hold; each holds its own part. */
export interface AnyAnswer {
  readonly user: User;
  readonly users: User[];
  readonly tokens: TokenPair;
  readonly principal: Principal;
  readonly sessions: Session[];
  readonly revokedCount: number;
  readonly matchedRole: string;
}

type Unary = (
  request: object,
  metadata: Metadata,
  callback: (error: ServiceError | null, response: AnyAnswer) => void,
) => unknown;

export type Ask<Client> = (name: keyof Client & string, request: object, token?: string) => Promise<AnyAnswer>;

function asking<C extends Client>(client: C): Ask<C> {
  return (name, request, token = '') => {
    const metadata = new Metadata();
    if (token !== '') metadata.set('authorization', `Bearer ${token}`);
    return new Promise((resolve, reject) =>
      (client[name as keyof C] as Unary).call(client, request, metadata, (error, response) =>
        error ? reject(error) : resolve(response),
      ),
    );
  };
}

/** Calls of both services by name, and what tests need again and again. */
export function appCalls({ auth: authClient, admin: adminClient }: StartedApp) {
  const auth = asking<AuthServiceClient>(authClient);
  const admin = asking<AdminServiceClient>(adminClient);
  let count = 0;
  return {
    auth,
    admin,
    async newUser() {
      count += 1;
      const account = { email: `user${count}@example.com`, username: `user${count}`, password: PASSWORD };
      const { user } = await auth('register', account);
      const login = { username: account.username, password: PASSWORD, deviceName: 'a phone' };
      const { tokens } = await auth('login', login);
      return { account, user, tokens };
    },
    async adminToken(): Promise<string> {
      const { tokens } = await auth('login', { username: ADMIN.email, password: ADMIN.password, deviceName: '' });
      return tokens.accessToken;
    },
  };
}

export type AppCalls = ReturnType<typeof appCalls>;

/** Code, reason and refused fields of a refusal. */
export async function refusal(answer: Promise<unknown>): Promise<[code: string, reason: string, fields?: string[]]> {
  const error = await answer.then(
    () => undefined,
    (failure: ServiceError) => failure,
  );
  if (error === undefined) return ['OK', ''];
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const { details } = Status.decode(bytes as Buffer);
  const find = (name: string) => details.find(({ typeUrl }) => typeUrl.endsWith(name))?.value ?? Buffer.alloc(0);
  const fields = BadRequest.decode(find('BadRequest')).fieldViolations.map(({ field }) => field);
  const { reason } = ErrorInfo.decode(find('ErrorInfo'));
  return fields.length > 0 ? [Code[error.code] ?? '', reason, fields] : [Code[error.code] ?? '', reason];
}

export const INVALID_TOKEN = ['UNAUTHENTICATED', 'INVALID_TOKEN'];
