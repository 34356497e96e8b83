import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type Clock, systemClock } from './auth/clock';
import { readMailBacklog } from './auth/outgoing-mail/read-mail-backlog';
import { Closers } from './composition/closers';
import { openCore } from './composition/core';
import { httpRoutes } from './composition/http-routes';
import { type App, createLifecycle } from './composition/lifecycle';
import { startOutgoingMail } from './composition/open-mail';
import { openTracing } from './composition/open-tracing';
import { type Addresses, logStart } from './composition/start-line';
import type { Config } from './config/config';
import { deriveSecretIds } from './crypto/keys/derive-key';
import { keepKeysFresh } from './crypto/keys/key-schedule';
import { decodeCheckRequest } from './gateway/check-request';
import { gatewayDecisions } from './gateway/decide';
import { extAuthz } from './gateway/ext-authz';
import { createHealthPort, type HealthPort } from './grpc/health-port';
import { createRpcServer } from './grpc/server';
import { createHttpServer, type HttpServer } from './http/server/http-server';
import { createLogger } from './observability/logger';
import { createMetrics } from './observability/metrics';
import { compareSecrets } from './store/compare-secrets';
import { watchStore } from './store/store-watch';
import { SourceAddresses } from './transport/limits/source-address';
import { adminService } from './transport/methods/admin-service';
import { authService } from './transport/methods/auth-service';
import { importUsersMethod } from './transport/methods/import-users';
import { extAuthzMethod } from './transport/methods/methods';
import { SERVICE_NAMES } from './transport/methods/service-names';
import { ServiceReadiness } from './transport/readiness';

/** What a test may put instead of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** An acknowledged write may be lost if the process goes on: must end it with a non-zero code. */
  readonly onFatal?: (cause: unknown) => void;
  /** How long a signing key is published before it signs, in ms. */
  readonly keyPropagationMs?: number;
  /** This process is one of several that share the addresses and the store, which another one holds. */
  readonly worker?: {
    /** Instead of the start line. */
    readonly announce: (addresses: Addresses, store: string) => void;
    /** What `/metrics` shows instead of this process's own. */
    readonly metrics: (registry: Registry) => () => Promise<string>;
  };
}

/** Serving while Validate works; an empty name is the server as a whole. */
const VALIDATING = ['', SERVICE_NAMES.auth];

/** The service as `config` describes it; nothing is opened before `start`. */
export function createApp(config: Config, overrides: Overrides = {}): App {
  const clock: Clock = overrides.clock ?? systemClock;
  const log = overrides.log ?? createLogger(config.log);
  const closers = new Closers();
  const { worker, keyPropagationMs } = overrides;
  const openedBy = worker === undefined ? 'service' : 'worker';

  const onFatal = (cause: unknown): void => {
    log.fatal({ err: cause }, 'The store cannot be trusted any more; the process ends');
    log.flush();
    overrides.onFatal?.(cause);
  };

  const open = async (): Promise<Addresses> => {
    const metrics = createMetrics(worker?.metrics);
    const tracing = openTracing(config, log, closers);
    const core = await openCore(config, { openedBy, clock, log, onFatal, metrics, tracing, keyPropagationMs }, closers);
    const { store, hasher, keyring, accessTokens, verifyApiKey, revocations, useCases, events, internalCall } = core;
    await keyring.refresh(internalCall());
    const feed = await store.revocationFeed.follow(revocations);
    closers.push('revocation feed', () => feed.close());
    core.startApiKeyMaintenance();
    const keySchedule = keepKeysFresh(core);
    closers.push('key schedule', () => keySchedule.close());

    if (store.replicas !== undefined) {
      const comparison = await compareSecrets(
        store.replicas,
        deriveSecretIds(config.secrets),
        internalCall().requestId,
        log,
      );
      closers.push('comparison of secrets', () => comparison.close());
    }

    const mail = startOutgoingMail(config, core, { clock, log, onMail: metrics.onMail });
    closers.push('mail sender', () => mail?.stop());

    const decide = gatewayDecisions({ accessTokens, verifyApiKey, revocations, events });
    const proxies = new SourceAddresses(config.limits.trustedProxies);
    const findSource = (peer: string, forwardedFor: () => string) => proxies.of(peer, forwardedFor).ipAddress;
    const rpc = createRpcServer({
      address: config.grpc.address,
      tls: config.tls,
      reflection: config.grpc.reflection,
      requestTimeoutMs: config.requestTimeoutMs,
      handlers: { auth: authService(useCases.auth), admin: adminService(useCases.admin) },
      watchRevocations: useCases.auth.watchRevocations,
      streams: [importUsersMethod(useCases.admin)],
      furtherMethods: config.grpc.extAuthz
        ? [extAuthzMethod(decodeCheckRequest, extAuthz(decide, findSource, metrics.onDecision))]
        : [],
      onCall: metrics.onCall,
      tracing: tracing?.calls,
      connectionCaps: config.connections,
      limits: config.limits,
      clock,
      log,
      logSummaryMs: config.log.summaryMs,
      events,
    });
    const watch = watchStore(store, revocations, ({ storeAnswers, canValidate }) => {
      log.warn(
        { event: 'store.state', storeAnswers, canValidate },
        storeAnswers ? 'The store answers' : 'The store is out of reach',
      );
      for (const service of VALIDATING) rpc.setServing(service, canValidate);
      rpc.setServing(SERVICE_NAMES.admin, storeAnswers);
      healthPort?.setReady(readiness.isReady);
    });
    closers.push('store watch', () => watch.close());
    let http: HttpServer | undefined;
    metrics.read({
      hashes: () => hasher.stats(),
      tokenCache: () => accessTokens.cacheStats(),
      revocations,
      store: watch.current,
      storePool: store.pool,
      mailBacklog: () => readMailBacklog(store.mailOutbox, clock),
      surplusUsers: () => core.surplusEnder.waiting,
      endingSessions: () => core.endingSessions.waiting,
      connections: () => ({ grpc: rpc.connections(), ...(http === undefined ? {} : { http: http.connections() }) }),
    });

    const readiness = new ServiceReadiness(watch.current);
    let healthPort: HealthPort | undefined;
    let healthAddress: string | undefined;
    if (config.grpc.healthAddress !== undefined) {
      healthPort = createHealthPort(config.grpc.healthAddress, log);
      healthAddress = await healthPort.listen();
      closers.push('health port', () => healthPort?.stop());
    }
    let grpcAddress = config.grpc.address;
    let httpAddress: string | undefined;
    if (config.http.address !== undefined) {
      http = createHttpServer({
        address: config.http.address,
        routes: httpRoutes(config, {
          readiness: () => readiness,
          rpc,
          decide,
          metrics,
          tracing,
          grpcAddress: () => grpcAddress,
          jwks: () => keyring.jwks(),
        }),
        requestTimeoutMs: config.requestTimeoutMs,
        findSource: (peer) => rpc.pipeline.sources.of(peer, () => '').key,
        onFailure: (cause) => log.error({ err: cause }, 'An HTTP request failed'),
      });
      httpAddress = await http.listen();
      closers.push('HTTP server', () => http?.stop(1_000));
    }
    grpcAddress = await rpc.listen();
    closers.push('gRPC server', () => rpc.stop(Math.max(config.drainMs - 1_000, config.drainMs / 2)));
    closers.push('readiness', () => {
      readiness.drain();
      mail?.beginStop();
      tracing?.beginDrain();
      healthPort?.setReady(false);
    });
    for (const service of [...VALIDATING, SERVICE_NAMES.admin]) rpc.setServing(service, true);
    healthPort?.setReady(readiness.isReady);
    const addresses = { grpc: grpcAddress, http: httpAddress, health: healthAddress };
    if (worker === undefined) logStart(log, config, addresses, store.description);
    else worker.announce(addresses, store.description);
    return addresses;
  };

  return createLifecycle({ log, warnings: config.warnings, closers, farewell: 'Draining' }, open);
}
