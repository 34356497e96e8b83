import { Server, type ServerInterceptor } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { Events } from '../auth/audit/events';
import type { Clock } from '../auth/clock';
import { AuthServiceService } from '../gen/postern/auth/v1/auth_service';
import { type CallLimits, rateLimits } from '../transport/limits/rate-limit';
import { SourceAddresses } from '../transport/limits/source-address';
import type { RpcMethod } from '../transport/methods/method';
import { type AdminHandlers, type AuthHandlers, adminMethods, authMethods } from '../transport/methods/methods';
import { callLog, type OnCall } from '../transport/pipeline/call-log';
import type { CallPipeline } from '../transport/pipeline/call-pipeline';
import { CallSummaries } from '../transport/pipeline/call-summaries';
import { type CallTracing, tracedPipeline } from '../transport/pipeline/call-tracing';
import { DeadlineQueue } from '../transport/pipeline/deadline-queue';
import { GuardedCall } from './calls/guarded-call';
import { type Route, UnaryCall } from './calls/unary-call';
import { WatchCall, type WatchRoute } from './calls/watch-call';
import { type WatchHandler, WatchHub } from './calls/watch-hub';
import { type ConnectionTimes, connectionLimits } from './connections/connection-limits';
import { type ConnectionStats, Connections } from './connections/connections';
import type { ConnectionCaps } from './connections/listener';
import type { TlsFiles } from './connections/tls-terminator';
import { Health } from './health';
import { addReflection } from './reflection';

export interface RpcServerOptions {
  /** `host:port` (port 0 picks a free one), `[ipv6]:port` or `unix:PATH`. */
  readonly address: string;
  readonly tls?: TlsFiles | undefined;
  readonly reflection: boolean;
  /** Every call is answered within this time. */
  readonly requestTimeoutMs: number;
  readonly handlers: { readonly auth: AuthHandlers; readonly admin: AdminHandlers };
  /** Opens the view that WatchRevocations streams. */
  readonly watchRevocations: WatchHandler;
  /** RPCs of further services, such as `extAuthzMethod`. */
  readonly furtherMethods?: readonly RpcMethod[] | undefined;
  readonly limits: CallLimits & { readonly trustedProxies: readonly string[] };
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Events;
  readonly onCall?: OnCall | undefined;
  readonly tracing?: CallTracing | undefined;
  /** LOG_SUMMARY_SECONDS, in ms; 0: a line for every call. */
  readonly logSummaryMs?: number | undefined;
  readonly connectionCaps?: ConnectionCaps | undefined;
  readonly connectionTimes?: ConnectionTimes | undefined;
}

export interface RpcServer {
  /** Resolves with the bound address as a client would dial it. */
  listen(): Promise<string>;
  /** What `grpc.health.v1.Health` says of `postern.auth.v1.AuthService`, `postern.auth.v1.AdminService` or, with an empty name, of the whole. */
  setServing(service: string, serving: boolean): void;
  /** Says NOT_SERVING, stops accepting, lets running calls finish, and after `drainMs` at the latest closes every connection. */
  stop(drainMs: number): Promise<void>;
  readonly connections: () => ConnectionStats;
  /** Every unary method of AuthService and AdminService, for other transports. */
  readonly methods: readonly RpcMethod[];
  /** What calls of every transport go through, so that they share limits and log. */
  readonly pipeline: CallPipeline;
}

export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { handlers, clock, log, requestTimeoutMs, tracing } = options;
  const sources = new SourceAddresses(options.limits.trustedProxies);
  const summaries = new CallSummaries(log, options.logSummaryMs ?? 0);
  const untraced: CallPipeline = {
    clock,
    log,
    sources,
    timeoutMs: requestTimeoutMs,
    deadlines: new DeadlineQueue(requestTimeoutMs),
    admit: rateLimits(options),
    sumUp: (path, durationMs) => summaries.take(path, durationMs),
    logCall: callLog(log, options.onCall, summaries, tracing && ((call) => tracing.idsOf(call))),
  };
  const pipeline = tracedPipeline(untraced, tracing, 'grpc');
  const own = [...authMethods(handlers.auth), ...adminMethods(handlers.admin)];
  const methods = [...own, ...(options.furtherMethods ?? [])];
  const hub = new WatchHub();
  const { path: watchPath } = AuthServiceService.watchRevocations;
  const watch = { path: watchPath, handle: options.watchRevocations, hub, admit: pipeline.admit(watchPath) };
  const server = new Server({
    ...connectionLimits(requestTimeoutMs, options.connectionTimes),
    interceptors: [intercept(methods, watch, pipeline)],
  });
  for (const { path } of methods) server.register(path, unreachable, asIs, asIs, 'unary');
  server.register(watchPath, unreachable, asIs, asIs, 'serverStream');
  const health = new Health(['', 'postern.auth.v1.AuthService', 'postern.auth.v1.AdminService']);
  health.addTo(server);
  if (options.reflection) addReflection(server, new Set(methods.map(({ path }) => path.split('/')[1] ?? '')));

  const { address, tls, connectionCaps: caps } = options;
  const connections = new Connections(server, { tls, caps, sources, log });

  return {
    listen: () => connections.listen(address),
    connections: () => connections.stats,
    methods: own,
    pipeline: tracedPipeline(untraced, tracing, 'connectrpc'),
    setServing: (service, serving) => health.set(service, serving),
    async stop(drainMs) {
      health.close();
      hub.close();
      const closed = connections.close(drainMs);
      server.tryShutdown(() => {});
      await closed;
      summaries.flush();
    },
  };
}

/** One wrapper per call: ours for our own methods, a light one for health and reflection. */
function intercept(methods: readonly RpcMethod[], watch: WatchRoute, pipeline: CallPipeline): ServerInterceptor {
  const routes = new Map<string, Route>(
    methods.map((method) => [method.path, { method, admit: pipeline.admit(method.path) }]),
  );
  const others = pipeline.admit('');
  return ({ path }, transport) => {
    const route = routes.get(path);
    if (path === watch.path) return new WatchCall(transport, watch, pipeline);
    return route === undefined
      ? new GuardedCall(transport, others, pipeline)
      : new UnaryCall(transport, route, pipeline);
  };
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

/** UnaryCall answers in its stead. */
function unreachable(): void {}
