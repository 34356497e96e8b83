import type { ServerHttp2Stream } from 'node:http2';
import {
  HealthCheckRequest,
  HealthCheckResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../gen/grpc/health/v1/health';
import { Code } from '../transport/errors/code';
import { OK, TransportError } from '../transport/errors/status';
import { decodeFailure } from '../transport/methods/decode-request';
import { unaryMethod } from '../transport/methods/method';
import type { CallPipeline } from '../transport/pipeline/call-pipeline';
import type { BeginCall } from './calls/dispatch';
import type { CallPolicy } from './calls/incoming-call';
import { ServerCall } from './calls/server-call';
import { UnaryCall } from './calls/unary-call';

/**
 * `grpc.health.v1.Health`. The implementation in grpc-health-check costs 100 ms of start-up, keeps an entry for ever
 * for every name that was ever watched, and its watchers hold up a shutdown.
 */
export class Health {
  readonly #serving: Map<string, boolean>;
  readonly #watches = new Set<HealthWatch>();
  #isClosed = false;

  /** @param services that are known, not yet serving; an empty name is the server as a whole */
  constructor(services: readonly string[]) {
    this.#serving = new Map(services.map((name) => [name, false]));
  }

  set(name: string, serving: boolean): void {
    if (this.#isClosed || this.#serving.get(name) === serving) return;
    this.#serving.set(name, serving);
    for (const watch of this.#watches) watch.report(name);
  }

  /** Says NOT_SERVING for everything from now on, and ends the watches. */
  close(): void {
    for (const name of this.#serving.keys()) this.set(name, false);
    this.#isClosed = true;
    for (const watch of [...this.#watches]) watch.close();
  }

  /** Check and Watch by their paths. */
  methods(policy: Omit<CallPolicy, 'path'>, pipeline: CallPipeline): [path: string, begin: BeginCall][] {
    const { check, watch } = HealthService;
    const method = unaryMethod(check, ({ service }: HealthCheckRequest) => {
      const answer = this.answer(service);
      if (answer.status === Serving.SERVICE_UNKNOWN) throw new TransportError(Code.NOT_FOUND, 'Unknown service');
      return answer;
    });
    const policyOfCheck = { ...policy, path: check.path };
    const policyOfWatch = { ...policy, path: watch.path };
    return [
      [check.path, (incoming) => new UnaryCall(incoming.stream, policyOfCheck, pipeline, method).begin(incoming)],
      [watch.path, (incoming) => new HealthWatch(incoming.stream, policyOfWatch, pipeline, this).begin(incoming)],
    ];
  }

  answer(name: string): HealthCheckResponse {
    const serving = this.#serving.get(name);
    if (serving === undefined) return { status: Serving.SERVICE_UNKNOWN };
    return { status: serving ? Serving.SERVING : Serving.NOT_SERVING };
  }

  /** @returns whether there will be anything to report */
  add(watch: HealthWatch): boolean {
    if (!this.#isClosed) this.#watches.add(watch);
    return !this.#isClosed;
  }

  remove(watch: HealthWatch): void {
    this.#watches.delete(watch);
  }
}

/** One stream of Watch: the state of a service now, and each change of it. */
class HealthWatch extends ServerCall {
  #service: string | undefined = undefined;

  constructor(
    stream: ServerHttp2Stream,
    policy: CallPolicy,
    pipeline: CallPipeline,
    private readonly health: Health,
  ) {
    super(stream, policy, pipeline);
  }

  override onMessage(message: Buffer): void {
    if (this.isOver || this.#service !== undefined) return;
    this.liftTimeout();
    this.#service = decode(message).service;
    this.report(this.#service);
    if (!this.health.add(this)) this.close();
  }

  /** Sends the state of a service, if it is the one that is watched. */
  report(service: string): void {
    if (service === this.#service) this.send(HealthCheckResponse.encode(this.health.answer(service)).finish());
  }

  close(): void {
    this.end(OK);
  }

  protected override onHalfClose(): void {
    if (this.#service === undefined) throw decodeFailure();
  }

  protected override onEnd(): void {
    this.health.remove(this);
  }
}

function decode(bytes: Buffer): HealthCheckRequest {
  try {
    return HealthCheckRequest.decode(bytes);
  } catch {
    throw decodeFailure();
  }
}
