import type { Logger } from 'pino';
import { systemClock } from '../auth/clock';
import { SourceAddresses } from '../transport/limits/source-address';
import { DeadlineQueue } from '../transport/pipeline/deadline-queue';
import { dispatchTo } from './calls/dispatch';
import { Connections } from './connections/connections';
import { Health } from './health';

/** Alive, whatever the store does: for liveness and startup probes. */
const LIVENESS = 'liveness';
/** Can do all of its work; an empty name says the same. */
const READINESS = ['', 'readiness'];

const MAX_MESSAGE_BYTES = 1_024;
const TIMEOUT_MS = 10_000;
/** Probes open a connection for each question; no other client has business here. */
const CAPS = { total: 500, perSource: 100 };
const CONNECTION = {
  maxConcurrentStreams: 10,
  graceMs: 1_000,
  times: { keepaliveMs: 30_000, keepaliveTimeoutMs: 10_000, idleMs: 60_000, ageMs: 300_000 },
};

export interface HealthPort {
  /** From now on it is alive, not ready. Resolves with the bound address. */
  listen(): Promise<string>;
  setReady(ready: boolean): void;
  /** Closes every connection at once. */
  stop(): Promise<void>;
}

/**
 * A plaintext port that serves `grpc.health.v1.Health` and nothing else: probes of Kubernetes speak neither TLS nor
 * with a certificate.
 */
export function createHealthPort(address: string, log: Logger): HealthPort {
  const health = new Health([LIVENESS, ...READINESS]);
  const sources = new SourceAddresses([]);
  const pipeline = {
    clock: systemClock,
    log,
    timeoutMs: TIMEOUT_MS,
    deadlines: new DeadlineQueue(TIMEOUT_MS, systemClock),
    sources,
    rateLimit: () => undefined,
    logCall: () => {},
    sumUp: () => true,
  };
  const policy = { checkRateLimit: undefined, isLogged: false, maxMessageBytes: MAX_MESSAGE_BYTES };
  const beginCall = dispatchTo(new Map(health.methods(policy, pipeline)));
  const connections = new Connections({ caps: CAPS, sources, log, connection: { ...CONNECTION, beginCall } });
  return {
    async listen() {
      health.set(LIVENESS, true);
      return connections.listen(address);
    },
    setReady(ready) {
      for (const name of READINESS) health.set(name, ready);
    },
    async stop() {
      health.close();
      await connections.close(0);
    },
  };
}
