import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  AuthServiceService,
  type BatchValidateRequest,
  type BatchValidateResult,
  type WatchRevocationsRequest,
  type WatchRevocationsResponse,
} from '../../../src/gen/postern/auth/v1/auth_service';

type Stream = ServerWritableStream<WatchRevocationsRequest, WatchRevocationsResponse>;
type Event = NonNullable<WatchRevocationsResponse['event']>;

const MOVED_TO = '/moved';

/**
 * A service whose feed, key set and answers are what a test says: for what no service of this build would say. It beats
 * by itself while `heartbeats` is set.
 */
export class ScriptedService {
  readonly #grpc = new Server();
  readonly #http: HttpServer;
  readonly #streams = new Set<Stream>();
  readonly #timer: NodeJS.Timeout;
  #grpcPort = 0;
  heartbeats = true;
  /** What a new stream gets at once. */
  greeting: readonly Event[] = [{ $case: 'caughtUp', caughtUp: {} }];
  /** The body of the key set; a number is an HTTP status instead. */
  keySet: string | number = JSON.stringify({ keys: [] });
  /** What stands where a `keySet` of 302 leads to. */
  movedKeySet = '';
  keySetReads = 0;
  batches: BatchValidateRequest[] = [];
  resumeTokens: string[] = [];
  /** Refuses every resume token, as another service would. */
  refusesResumeTokens = false;
  answer: (token: string) => BatchValidateResult | 'never' = () => refusal('INVALID_TOKEN');

  private constructor() {
    this.#http = createServer((request, response) => {
      this.keySetReads += 1;
      if (request.url === MOVED_TO) response.writeHead(200).end(this.movedKeySet);
      else if (typeof this.keySet === 'number') response.writeHead(this.keySet, { location: MOVED_TO }).end();
      else response.writeHead(200, { 'content-type': 'application/jwk-set+json' }).end(this.keySet);
    });
    this.#timer = setInterval(() => this.heartbeats && this.beat(), 250).unref();
  }

  static async start(): Promise<ScriptedService> {
    const service = new ScriptedService();
    service.#grpc.addService(AuthServiceService, service.#handlers());
    service.#grpcPort = await new Promise<number>((resolve, reject) =>
      service.#grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    );
    service.#http.listen(0, '127.0.0.1');
    await once(service.#http, 'listening');
    return service;
  }

  /** What a driver opens. */
  get open() {
    const { port } = this.#http.address() as AddressInfo;
    return {
      address: `127.0.0.1:${this.#grpcPort}`,
      jwks_url: `http://127.0.0.1:${port}/.well-known/jwks.json`,
      api_key: 'pstn_a_key_of_the_test',
    };
  }

  get streams(): number {
    return this.#streams.size;
  }

  publish(...keys: readonly { readonly jwk: object }[]): void {
    this.keySet = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
  }

  send(event: Event | undefined, resumeToken = '1'): void {
    for (const stream of this.#streams) stream.write({ event, resumeToken });
  }

  beat(freshAt = new Date()): void {
    this.send({ $case: 'heartbeat', heartbeat: { freshAt } });
  }

  /** Ends all streams with UNAVAILABLE. */
  endStreams(): void {
    for (const stream of this.#streams) stream.emit('error', failure(status.UNAVAILABLE));
    this.#streams.clear();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#grpc.forceShutdown();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  #handlers(): UntypedServiceImplementation {
    const handlers: UntypedServiceImplementation = {
      watchRevocations: (stream: Stream) => this.#watch(stream),
      batchValidate: (call: ServerUnaryCall<BatchValidateRequest, object>, callback: sendUnaryData<object>) => {
        this.batches.push(call.request);
        const results = call.request.accessTokens.map((token) => this.answer(token));
        if (!results.includes('never')) callback(null, { results });
      },
    };
    const unimplemented = (_call: unknown, callback: sendUnaryData<object>) => callback({ code: status.UNIMPLEMENTED });
    for (const name of Object.keys(AuthServiceService)) handlers[name] ??= unimplemented;
    return handlers;
  }

  #watch(stream: Stream): void {
    const { resumeToken } = stream.request;
    this.resumeTokens.push(resumeToken);
    if (this.refusesResumeTokens && resumeToken !== '') {
      stream.emit('error', failure(status.INVALID_ARGUMENT));
      return;
    }
    this.#streams.add(stream);
    stream.on('cancelled', () => this.#streams.delete(stream));
    stream.on('error', () => {});
    for (const event of this.greeting) stream.write({ event, resumeToken: '1' });
    if (this.heartbeats) {
      stream.write({ event: { $case: 'heartbeat', heartbeat: { freshAt: new Date() } }, resumeToken: '1' });
    }
  }
}

export function refusal(reason: string): BatchValidateResult {
  return { outcome: { $case: 'error', error: { code: status.UNAUTHENTICATED, reason, message: '' } } };
}

export function accepted(userId: string, roles: string[] = ['user'], sessionId = userId): BatchValidateResult {
  const now = Date.now();
  const principal = {
    userId,
    username: 'ada',
    roles,
    sessionId,
    issuedAt: new Date(now),
    expiresAt: new Date(now + 600_000),
    anonymous: false,
    anonymousReason: '',
    kind: 1,
    apiKeyId: '',
  };
  return { outcome: { $case: 'principal', principal } };
}

export const sessionEnded = (sessionId: string): Event => ({
  $case: 'revocation',
  revocation: { target: { $case: 'sessionId', sessionId }, revokedAt: new Date(), reason: 'logout' },
});

export const userRefused = (userId: string, reason: 'user_disabled' | 'user_deleted'): Event => ({
  $case: 'revocation',
  revocation: { target: { $case: 'userId', userId }, revokedAt: new Date(), reason },
});

export const rolesChanged = (userId: string, ...roles: string[]): Event => ({
  $case: 'roleChange',
  roleChange: { userId, roles, changedAt: new Date() },
});

function failure(code: status): Error {
  return Object.assign(new Error('it stops'), { code }) as unknown as ServiceError;
}
