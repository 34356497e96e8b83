import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
} from '@grpc/grpc-js';
import type { Authenticator } from './authenticator';
import { buildStatus } from './grpc-server/status';
import { readBearer } from './middleware/bearer';
import { type Decision, decide, judge } from './middleware/decide';
import { compileRules, type Demand, type Rule } from './middleware/rules';
import type { Principal } from './principal';
import type { Reason } from './reasons';

export type { Rule } from './middleware/rules';

export interface GrpcOptions {
  /** Of full method names such as `/pkg.Service/Method`. Default: every method wants a valid token. */
  readonly rules?: readonly Rule[];
}

/** Public unless a rule of the service says otherwise: what probes and tools call without a token. */
const BUILT_IN_RULES: readonly Rule[] = [
  { match: '/grpc.health.v1.Health/*', public: true },
  { match: '/grpc.reflection.v1.ServerReflection/*', public: true },
  { match: '/grpc.reflection.v1alpha.ServerReflection/*', public: true },
];

interface Identity {
  readonly principal: Principal | undefined;
  readonly anonymousReason: Reason | undefined;
}

// A handler is given the same metadata object that the interceptor has let through.
const identities = new WeakMap<Metadata, Identity>();

/** Who calls; undefined where a rule is `public`, or `optional` and nobody is known. */
export function getPrincipal(call: { readonly metadata: Metadata }): Principal | undefined {
  return identities.get(call.metadata)?.principal;
}

/** Why nobody is known, where a rule is `optional`. */
export function getAnonymousReason(call: { readonly metadata: Metadata }): Reason | undefined {
  return identities.get(call.metadata)?.anonymousReason;
}

/**
 * An interceptor (gRFC L112) for `new Server({ interceptors: [protect(client)] })`, for unary and streaming methods. It
 * refuses with UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE, and ends an open stream with the same when its
 * caller's token is revoked or expires.
 */
export function protect(client: Authenticator, { rules = [] }: GrpcOptions = {}): ServerInterceptor {
  const findDemand = compileRules([...rules, ...BUILT_IN_RULES]);
  return (method, call) => {
    const demand = findDemand(method.path);
    const isStreaming = method.requestStream || method.responseStream;
    const guarded = new GuardedCall(client, demand, call, isStreaming);
    const listener = new ServerListenerBuilder()
      .withOnReceiveMetadata((metadata, next) => guarded.onMetadata(metadata, next))
      .withOnCancel(() => guarded.stopWatching())
      .build();
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
      sendStatus: (status, next) => {
        guarded.stopWatching();
        next(status);
      },
    });
  };
}

/** One call on its way to its handler. */
class GuardedCall {
  #stop: (() => void) | undefined;
  #isOver = false;

  constructor(
    private readonly client: Authenticator,
    private readonly demand: Demand,
    private readonly call: ServerInterceptingCallInterface,
    private readonly isStreaming: boolean,
  ) {}

  onMetadata(metadata: Metadata, next: (metadata: Metadata) => void): void {
    const [authorization] = metadata.get('authorization');
    const token = readBearer(authorization?.toString());
    const decision = decide(this.client, this.demand, token);
    const finish = (decided: Decision): void => this.#finish(decided, token, metadata, next);
    if (decision instanceof Promise) void decision.then(finish);
    else finish(decision);
  }

  stopWatching(): void {
    this.#isOver = true;
    this.#stop?.();
    this.#stop = undefined;
  }

  #finish(decision: Decision, token: string, metadata: Metadata, next: (metadata: Metadata) => void): void {
    // Its caller has gone while it was decided about: a handler would never hear of it.
    if (this.#isOver) return;
    if (!decision.allowed) {
      this.call.sendStatus(buildStatus(decision.reason));
      return;
    }
    const { principal, anonymousReason } = decision;
    identities.set(metadata, { principal, anonymousReason });
    if (this.isStreaming && principal !== undefined) this.#watch(token, principal);
    next(metadata);
  }

  #watch(token: string, principal: Principal): void {
    this.#stop = this.client.openCalls.add({
      token,
      principal,
      review: (answer) => {
        const decision = judge(this.demand, answer);
        if (decision.allowed && decision.principal !== undefined) return 'goes on';
        const reason = decision.allowed ? (decision.anonymousReason ?? 'INVALID_TOKEN') : decision.reason;
        this.call.sendStatus(buildStatus(reason));
        return 'ended';
      },
    });
  }
}
