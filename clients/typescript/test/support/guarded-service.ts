import { startWithHttp } from '../../../../test/http/http-client';
import { ADMIN } from '../../../../test/support/processes/start-app';
import { connect, type PosternClient, type PosternOptions } from '../../src';

export type SignedIn = Awaited<ReturnType<GuardedService['signedIn']>>;
export type GuardedService = Awaited<ReturnType<typeof startGuardedService>>;

/** The whole service, and what a program that trusts it needs: an API key that may watch, and users. */
export async function startGuardedService(env: NodeJS.ProcessEnv = {}) {
  const service = await startWithHttp({ JWT_ALGORITHM: 'ES256', ...env });
  const { tokens } = await service.login(ADMIN.username, ADMIN.password);
  const asAdmin = { authorization: `Bearer ${tokens.accessToken}` };
  const admin = async (method: string, message: object): Promise<Record<string, unknown>> => {
    const { status, json } = await service.rpc(`AdminService/${method}`, message, asAdmin);
    if (status !== 200) throw new Error(`${method}: ${JSON.stringify(json)}`);
    return json;
  };
  const makeApiKey = async (userId: string, roles: readonly string[] = []) =>
    (await admin('CreateApiKey', { userId, name: 'a key', roles })) as unknown as {
      apiKey: string;
      key: { id: string; userId: string };
    };
  const account = await admin('CreateServiceAccount', { username: 'guarded', roles: ['service'] });
  const watcher = await makeApiKey((account.user as { id: string }).id);
  const clients: PosternClient[] = [];
  return {
    ...service,
    admin,
    makeApiKey,
    apiKey: watcher.apiKey,
    jwksUrl: `${service.base}/.well-known/jwks.json`,
    /** What the service itself says of a token: the principal's name and roles, or the reason. */
    async validate(token: string): Promise<string> {
      const { json } = await service.rpc('AuthService/Validate', { accessToken: token, allowAnonymous: true });
      const { username, roles = [], anonymousReason } = json.principal;
      return anonymousReason || `${username}:${roles.join()}`;
    },
    /** A client that answers from memory. */
    async client(options: Partial<PosternOptions> = {}): Promise<PosternClient> {
      const client = this.open(options);
      await client.ready();
      return client;
    },
    open(options: Partial<PosternOptions> = {}): PosternClient {
      const { grpcAddress: address } = service;
      const client = connect({ address, apiKey: this.apiKey, jwksUrl: this.jwksUrl, ...options });
      clients.push(client);
      return client;
    },
    async stop(): Promise<void> {
      for (const client of clients) client.close();
      await service.stop();
    },
  };
}

/** As the service says it: the name and the roles, or the reason. */
export async function describeAnswer(client: Pick<PosternClient, 'answer'>, token: string): Promise<string> {
  const answer = await client.answer(token);
  return answer.ok ? `${answer.principal.username}:${answer.principal.roles.join()}` : answer.reason;
}
