import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../gen/grpc/health/v1/health';

type Watcher = ServerWritableStream<HealthCheckRequest, HealthCheckResponse>;

/**
 * `grpc.health.v1.Health`. The implementation in grpc-health-check costs 100 ms of start-up, keeps an entry for ever for every name
 * that was ever watched, and its watchers hold up a shutdown.
 */
export class Health {
  readonly #serving: Map<string, boolean>;
  readonly #watchers = new Set<Watcher>();
  #isClosed = false;

  /** @param services that are known, not yet serving; an empty name is the server as a whole */
  constructor(services: readonly string[]) {
    this.#serving = new Map(services.map((name) => [name, false]));
  }

  set(name: string, serving: boolean): void {
    if (this.#isClosed || this.#serving.get(name) === serving) return;
    this.#serving.set(name, serving);
    for (const watcher of this.#watchers) if (watcher.request.service === name) watcher.write(this.#answer(name));
  }

  /** Says NOT_SERVING for everything from now on, and ends the watches. */
  close(): void {
    for (const name of this.#serving.keys()) this.set(name, false);
    this.#isClosed = true;
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  addTo(server: Server): void {
    server.addService(HealthService, {
      check: (
        call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
        reply: sendUnaryData<HealthCheckResponse>,
      ) => {
        const answer = this.#answer(call.request.service);
        if (answer.status === Serving.SERVICE_UNKNOWN) reply({ code: status.NOT_FOUND, details: 'Unknown service' });
        else reply(null, answer);
      },
      watch: (call: Watcher) => {
        call.write(this.#answer(call.request.service));
        if (this.#isClosed) {
          call.end();
          return;
        }
        this.#watchers.add(call);
        call.on('cancelled', () => this.#watchers.delete(call));
      },
    });
  }

  #answer(name: string): HealthCheckResponse {
    const serving = this.#serving.get(name);
    if (serving === undefined) return { status: Serving.SERVICE_UNKNOWN };
    return { status: serving ? Serving.SERVING : Serving.NOT_SERVING };
  }
}
