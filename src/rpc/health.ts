import {
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

interface HealthRequest {
  readonly service: string;
}

interface HealthResponse {
  readonly status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';
}

type Watcher = ServerWritableStream<HealthRequest, HealthResponse>;

/**
 * `grpc.health.v1.Health`. The implementation in grpc-health-check keeps an entry for ever for every name that was ever watched, and
 * its watchers hold up a shutdown.
 */
export class Health {
  readonly #serving: Map<string, boolean>;
  readonly #watchers = new Set<Watcher>();
  #isClosed = false;

  /** @param services that are known, not yet serving; `` is the server as a whole */
  constructor(services: readonly string[]) {
    this.#serving = new Map(services.map((name) => [name, false]));
  }

  set(name: string, serving: boolean): void {
    if (this.#serving.get(name) === serving) return;
    this.#serving.set(name, serving);
    for (const watcher of this.#watchers) if (watcher.request.service === name) watcher.write(this.#answer(name));
  }

  /** Says NOT_SERVING for everything, and ends the watches. */
  close(): void {
    this.#isClosed = true;
    for (const name of this.#serving.keys()) this.set(name, false);
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  addTo(server: Server): void {
    server.addService(service, {
      check: (call: ServerUnaryCall<HealthRequest, HealthResponse>, reply: sendUnaryData<HealthResponse>) => {
        const answer = this.#answer(call.request.service);
        if (answer.status === 'SERVICE_UNKNOWN') reply({ code: status.NOT_FOUND, details: 'Unknown service' });
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
      list: (_call: unknown, reply: sendUnaryData<{ statuses: Record<string, HealthResponse> }>) => {
        const statuses = Object.fromEntries([...this.#serving.keys()].map((name) => [name, this.#answer(name)]));
        reply(null, { statuses });
      },
    });
  }

  #answer(name: string): HealthResponse {
    const serving = this.#serving.get(name);
    if (serving === undefined) return { status: 'SERVICE_UNKNOWN' };
    return { status: serving ? 'SERVING' : 'NOT_SERVING' };
  }
}
