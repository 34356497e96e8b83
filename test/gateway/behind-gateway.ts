import { type Answer, type Running, send, startWithHttp } from '../http/http-client';
import { freePort, type GatewayKind, startApplication } from './running-gateway';

/** A gateway with its example configuration, Postern beside it and an application behind it. */
export interface BehindGateway {
  readonly service: Running;
  /** One request of a client, the path as given, not made canonical. */
  send(method: string, path: string, headers?: Record<string, string | string[]>, body?: string): Promise<Answer>;
  /** A GET, and what the application learns of the caller when it is reached. */
  ask(path: string, token?: string, headers?: Record<string, string>): Promise<Asked>;
  stop(): Promise<void>;
}

export interface Asked {
  readonly status: number;
  readonly challenge: string | string[] | undefined;
  readonly body: string;
  readonly identity: Readonly<Record<string, string>>;
  /** All headers that reached the application; empty when it was not reached. */
  readonly reached: Readonly<Record<string, string>>;
}

export async function startBehind(
  kind: GatewayKind,
  env: NodeJS.ProcessEnv = {},
  without?: RegExp,
): Promise<BehindGateway> {
  const service = await startWithHttp({ EXT_AUTHZ: 'on', TRUSTED_PROXIES: '127.0.0.1', ...env });
  const application = await startApplication();
  const port = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
  const ports = {
    edge: await freePort(),
    application: application.port,
    grpc: port(service.grpcAddress),
    http: port(service.base),
  };
  const edge = `http://127.0.0.1:${ports.edge}`;
  const gateway = await kind.start(ports, without);
  return {
    service,
    send: (method, path, headers, body) => send(edge, method, path, headers, body),
    async ask(path, token, headers = {}) {
      const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const { status, headers: answered, body } = await send(edge, 'GET', path, { ...headers, ...authorization });
      const reached: Record<string, string> = status === 200 ? JSON.parse(body) : {};
      const identity = Object.entries(reached).filter(([name]) => /^x[-_]auth[-_]/.test(name));
      return { status, challenge: answered['www-authenticate'], body, identity: Object.fromEntries(identity), reached };
    },
    async stop() {
      await gateway.stop();
      await application.stop();
      await service.stop();
    },
  };
}
