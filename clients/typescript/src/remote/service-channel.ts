import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { FeedListener, FeedSource, FeedStream } from '../feed/watch';
import type { BatchValidateResponse } from '../gen/postern/auth/v1/auth_service';
import { AuthServiceService as service, type WatchRevocationsResponse } from '../gen/postern/auth/v1/auth_service';

export interface ServiceChannelOptions {
  readonly address: string;
  /** The bearer of WatchRevocations. */
  readonly apiKey: string;
  /** TLS; plaintext without. */
  readonly credentials: ChannelCredentials | undefined;
}

/** Calls that still run on a connection that was replaced may end on it. */
const GRACE_MS = 10_000;
const MIN_REPLACEMENT_INTERVAL_MS = 1_000;
const DEADLINE_EXCEEDED = 4;

const SERVICE_CONFIG = {
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [
    {
      name: [{ service: 'postern.auth.v1.AuthService', method: 'BatchValidate' }],
      retryPolicy: {
        maxAttempts: 3,
        initialBackoff: '0.05s',
        maxBackoff: '0.5s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

const CHANNEL_OPTIONS = {
  'grpc.service_config': JSON.stringify(SERVICE_CONFIG),
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // A channel that replaces one is to open connections of its own.
  'grpc.use_local_subchannel_pool': 1,
};

/** The connection to the service. One that answers nothing is replaced. */
export class ServiceChannel implements FeedSource {
  #client: Client;
  #replacedAt = Number.NEGATIVE_INFINITY;
  /** Those that were replaced, until they are closed. */
  readonly #replaced = new Map<Client, NodeJS.Timeout>();

  constructor(private readonly options: ServiceChannelOptions) {
    this.#client = this.#connect();
  }

  /** @throws ServiceError */
  batchValidate(accessTokens: readonly string[], timeoutMs: number): Promise<BatchValidateResponse> {
    const { path, requestSerialize, responseDeserialize } = service.batchValidate;
    const request = { accessTokens: [...accessTokens] };
    const deadline = Date.now() + timeoutMs;
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: BatchValidateResponse): void => {
        if (error?.code === DEADLINE_EXCEEDED) this.replaceConnection();
        if (error !== null) reject(error);
        else resolve(response as BatchValidateResponse);
      };
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, { deadline }, done);
    });
  }

  open(resumeToken: string, listener: FeedListener): FeedStream {
    const { path, requestSerialize, responseDeserialize } = service.watchRevocations;
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${this.options.apiKey}`);
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { resumeToken },
      metadata,
    );
    stream.on('data', (message: WatchRevocationsResponse) => listener.onMessage(message));
    stream.on('status', ({ code, details }) => listener.onEnd({ code, message: details }));
    // It comes besides the status, which says the same.
    stream.on('error', () => {});
    return { cancel: () => stream.cancel() };
  }

  replaceConnection(): void {
    const now = performance.now();
    if (now - this.#replacedAt < MIN_REPLACEMENT_INTERVAL_MS) return;
    this.#replacedAt = now;
    const old = this.#client;
    this.#client = this.#connect();
    const timer = setTimeout(() => {
      this.#replaced.delete(old);
      old.close();
    }, GRACE_MS).unref();
    this.#replaced.set(old, timer);
  }

  /** An open connection would let the process not end. */
  close(): void {
    this.#client.close();
    for (const [old, timer] of this.#replaced) {
      clearTimeout(timer);
      old.close();
    }
    this.#replaced.clear();
  }

  #connect(): Client {
    const { address, credentials: given } = this.options;
    return new Client(address, given ?? credentials.createInsecure(), CHANNEL_OPTIONS);
  }
}
