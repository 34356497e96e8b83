import type { Logger } from 'pino';
import type { Events } from '../auth/audit/events';
import type { Clock } from '../auth/clock';
import { AuthServiceService } from '../gen/postern/auth/v1/auth_service';
import { type CallLimits, rateLimits } from '../transport/limits/rate-limit';
import { SourceAddresses } from '../transport/limits/source-address';
import type { RpcMethod, StreamMethod } from '../transport/methods/method';
import { type AdminHandlers, type AuthHandlers, adminMethods, authMethods } from '../transport/methods/methods';
import { SERVICE_NAMES } from '../transport/methods/service-names';
import { callLog, type OnCall } from '../transport/pipeline/call-log';
import type { CallPipeline } from '../transport/pipeline/call-pipeline';
import { CallSummaries } from '../transport/pipeline/call-summaries';
import { type CallTracing, tracedPipeline } from '../transport/pipeline/call-tracing';
import { DeadlineQueue } from '../transport/pipeline/deadline-queue';
import { MAX_MESSAGE_BYTES } from '../transport/wire/message-size';
import { type BeginCall, dispatchTo } from './calls/dispatch';
import type { CallPolicy } from './calls/incoming-call';
import { StreamCall } from './calls/stream-call';
import { UnaryCall } from './calls/unary-call';
import { WatchCall } from './calls/watch-call';
import { type WatchHandler, WatchHub } from './calls/watch-hub';
import { ageGraceMs, CONNECTION_TIMES, type ConnectionTimes } from './connections/connection-times';
import { type ConnectionStats, Connections } from './connections/connections';
import type { ConnectionCaps } from './connections/listener';
import type { TlsFiles } from './connections/tls-context';
import { Health } from './health';
import { reflectionMethods } from './reflection';

/** Of one connection at a time. */
const MAX_CONCURRENT_STREAMS = 100;

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
  /** RPCs that stream in both directions. */
  readonly streams?: readonly StreamMethod[] | undefined;
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
  /**
   * What `grpc.health.v1.Health` says of `postern.auth.v1.AuthService`, `postern.auth.v1.AdminService` or, with an
   * empty name, of the whole.
   */
  setServing(service: string, serving: boolean): void;
  /**
   * Says NOT_SERVING, stops accepting, lets running calls finish, and after `drainMs` at the latest closes every
   * connection.
   */
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
  const summaries = new CallSummaries(log, options.logSummaryMs ?? 0, clock);
  const untraced: CallPipeline = {
    clock,
    log,
    sources,
    timeoutMs: requestTimeoutMs,
    deadlines: new DeadlineQueue(requestTimeoutMs, clock),
    rateLimit: rateLimits(options),
    sumUp: (path, durationMs, refusal) => summaries.take(path, durationMs, refusal),
    logCall: callLog(log, options.onCall, summaries, tracing && ((call) => tracing.findTraceIds(call))),
  };
  const pipeline = tracedPipeline(untraced, tracing, 'grpc');
  const own = [...authMethods(handlers.auth), ...adminMethods(handlers.admin)];
  const methods = [...own, ...(options.furtherMethods ?? [])];
  const hub = new WatchHub();
  const health = new Health(['', SERVICE_NAMES.auth, SERVICE_NAMES.admin]);
  const routes = ownRoutes(methods, pipeline);
  const { path: watchPath } = AuthServiceService.watchRevocations;
  const watchPolicy = buildPolicy(watchPath, pipeline);
  const watching = { handle: options.watchRevocations, hub };
  routes.set(watchPath, (incoming) => new WatchCall(incoming.stream, watchPolicy, pipeline, watching).begin(incoming));
  const streams = (options.streams ?? []).map((method) => {
    const open = new Set<StreamCall>();
    const policy = buildPolicy(method.path, pipeline);
    routes.set(method.path, (incoming) =>
      new StreamCall(incoming.stream, policy, pipeline, method, open).begin(incoming),
    );
    return open;
  });
  const guarded = { checkRateLimit: pipeline.rateLimit(''), isLogged: false, maxMessageBytes: MAX_MESSAGE_BYTES };
  for (const [path, begin] of health.methods(guarded, pipeline)) routes.set(path, begin);
  if (options.reflection) {
    const services = new Set(methods.map(({ path }) => path.split('/')[1] ?? ''));
    for (const [path, begin] of reflectionMethods(services, guarded, pipeline)) routes.set(path, begin);
  }

  const { address, tls, connectionCaps: caps, connectionTimes: times = CONNECTION_TIMES } = options;
  const connection = {
    beginCall: dispatchTo(routes),
    times,
    graceMs: ageGraceMs(requestTimeoutMs),
    maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
  };
  const connections = new Connections({ tls, caps, sources, log, connection });

  return {
    listen: () => connections.listen(address),
    connections: () => connections.stats,
    methods: own,
    pipeline: tracedPipeline(untraced, tracing, 'connectrpc'),
    setServing: (service, serving) => health.set(service, serving),
    async stop(drainMs) {
      health.close();
      hub.close();
      for (const open of streams) for (const call of [...open]) call.drain();
      await connections.close(drainMs);
      summaries.flush();
    },
  };
}

function ownRoutes(methods: readonly RpcMethod[], pipeline: CallPipeline): Map<string, BeginCall> {
  return new Map(
    methods.map((method): [string, BeginCall] => {
      const policy = buildPolicy(method.path, pipeline);
      return [method.path, (incoming) => new UnaryCall(incoming.stream, policy, pipeline, method).begin(incoming)];
    }),
  );
}

function buildPolicy(path: string, pipeline: CallPipeline): CallPolicy {
  return { path, checkRateLimit: pipeline.rateLimit(path), isLogged: true, maxMessageBytes: MAX_MESSAGE_BYTES };
}
