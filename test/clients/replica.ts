import type { AppCalls } from '../support/grpc/app-calls';
import { type StartedApp, startApp } from '../support/processes/start-app';

export interface Replica {
  readonly app: StartedApp;
  readonly address: string;
  readonly httpAddress: string;
  readonly jwksUrl: string;
}

/** A started service with published keys, and where its HTTP port is. */
export async function startReplica(env: Readonly<Record<string, string>>): Promise<Replica> {
  const app = await startApp({ JWT_ALGORITHM: 'ES256', HTTP_ADDRESS: '127.0.0.1:0', ...env });
  const httpAddress = String(app.lines().find((line) => line.http !== undefined)?.http);
  return { app, address: app.grpcAddress, httpAddress, jwksUrl: `http://${httpAddress}/.well-known/jwks.json` };
}

/** A key of a service account that may watch. */
export async function makeWatcherKey(calls: AppCalls, adminToken: string, username: string): Promise<string> {
  const { user } = await calls.admin('createServiceAccount', { username, roles: ['service'] }, adminToken);
  const fields = { userId: user.id, name: 'ci', roles: [], allowedCidrs: [] };
  return ((await calls.admin('createApiKey', fields, adminToken)) as unknown as { apiKey: string }).apiKey;
}
