import { Client, credentials, Metadata as Meta, type Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Events } from '../../../src/auth/audit/events';
import { systemClock } from '../../../src/auth/clock';
import { createRpcServer, type RpcServerOptions } from '../../../src/grpc/server';
import { createLogger } from '../../../src/observability/logger';
import type { AdminHandlers, AuthHandlers } from '../../../src/transport/methods/methods';

/** A handler that a test did not expect to be called fails it. */
function handlers<T extends object>(given: Partial<T>): T {
  return new Proxy(given as T, { get: (target, name) => Reflect.get(target, name) ?? unexpected });
}

function unexpected(): never {
  throw new Error('No handler for this in the test');
}

export interface StubServer {
  readonly address: string;
  readonly lines: Record<string, unknown>[];
  readonly text: () => string;
  readonly recorded: Parameters<Events['record']>[0][];
  readonly server: ReturnType<typeof createRpcServer>;
  readonly client: Client;
  stop(drainMs?: number): Promise<void>;
}

export type StubOptions = Partial<Omit<RpcServerOptions, 'handlers'>> & {
  readonly auth?: Partial<AuthHandlers>;
  readonly admin?: Partial<AdminHandlers>;
};

export const NO_LIMITS = {
  perSecond: 0,
  burst: 0,
  loginPerMinute: 0,
  registerPerMinute: 0,
  trustedProxies: [] as string[],
};

/** A real server on a free port over handlers of the test, with a real client, and everything it logged. */
export async function startStub(options: StubOptions = {}): Promise<StubServer> {
  const { auth = {}, admin = {}, ...rest } = options;
  const written: string[] = [];
  const recorded: StubServer['recorded'] = [];
  const log = createLogger({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void written.push(line) },
  });
  const server = createRpcServer({
    address: '127.0.0.1:0',
    reflection: false,
    requestTimeoutMs: 5_000,
    limits: NO_LIMITS,
    clock: systemClock,
    log,
    events: { flush: async () => {}, record: (event) => void recorded.push(event) },
    watchRevocations: () => {
      throw new Error('The stub has no revocations to watch');
    },
    ...rest,
    handlers: { auth: handlers<AuthHandlers>(auth), admin: handlers<AdminHandlers>(admin) },
  });
  const address = await server.listen();
  const client = new Client(address, credentials.createInsecure());
  return {
    address,
    server,
    client,
    recorded,
    text: () => written.join(''),
    get lines() {
      return written.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    async stop(drainMs = 100) {
      client.close();
      await server.stop(drainMs);
    },
  };
}

export interface Answer {
  readonly error: ServiceError | null;
  readonly response: Buffer | undefined;
  readonly headers: Metadata | undefined;
  readonly trailers: Metadata | undefined;
}

/** One unary call with raw bytes; never rejects. */
export function callRaw(
  client: Client,
  path: string,
  bytes: Uint8Array,
  options: { metadata?: Record<string, string>; timeoutMs?: number; cancelAfter?: Promise<unknown> } = {},
): Promise<Answer> {
  const metadata = new Meta();
  for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
  const callOptions = { deadline: Date.now() + (options.timeoutMs ?? 20_000) };
  return new Promise((resolve) => {
    let headers: Metadata | undefined;
    let trailers: Metadata | undefined;
    let settled: { error: ServiceError | null; response: Buffer | undefined } | undefined;
    const call = client.makeUnaryRequest(
      path,
      (value: Uint8Array) => Buffer.from(value),
      (value: Buffer) => value,
      bytes,
      metadata,
      callOptions,
      (error, response) => {
        settled = { error, response };
        if (trailers !== undefined) resolve({ ...settled, headers, trailers });
      },
    );
    call.on('metadata', (received: Metadata) => {
      headers = received;
    });
    call.on('status', (status: { metadata: Metadata }) => {
      trailers = status.metadata;
      if (settled !== undefined) resolve({ ...settled, headers, trailers });
    });
    void options.cancelAfter?.then(() => call.cancel());
  });
}

export const SERVICE = '/postern.auth.v1.AuthService';
