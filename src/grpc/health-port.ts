import { Server } from '@grpc/grpc-js';
import { SourceAddresses } from '../transport/limits/source-address';
import { guardedInjector } from './connections/connections';
import { parseListenAddress } from './connections/listen-address';
import { Listener } from './connections/listener';
import { Health } from './health';

/** Alive, whatever the store does: for liveness and startup probes. */
const LIVENESS = 'liveness';
/** Can do all of its work; an empty name says the same. */
const READINESS = ['', 'readiness'];

const MAX_MESSAGE_BYTES = 1_024;
/** Probes open a connection for each question; nobody else has business here. */
const CAPS = { total: 500, perSource: 100 };
const LIMITS = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_concurrent_streams': 10,
  'grpc.max_connection_idle_ms': 60_000,
  'grpc.max_connection_age_ms': 300_000,
  'grpc.max_connection_age_grace_ms': 1_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.enable_channelz': 0,
};

export interface HealthPort {
  /** From now on it is alive, not ready. Resolves with the bound address. */
  listen(): Promise<string>;
  setReady(ready: boolean): void;
  /** Closes every connection at once. */
  stop(): Promise<void>;
}

/** A plaintext port that serves `grpc.health.v1.Health` and nothing else: probes of Kubernetes speak neither TLS nor with a certificate. */
export function createHealthPort(address: string): HealthPort {
  const server = new Server(LIMITS);
  const health = new Health([LIVENESS, ...READINESS]);
  health.addTo(server);
  const injector = guardedInjector(server, () => {});
  const listener = new Listener(new SourceAddresses([]), CAPS, (socket) => injector.injectConnection(socket));
  return {
    async listen() {
      health.set(LIVENESS, true);
      return listener.listen(parseListenAddress(address));
    },
    setReady(ready) {
      for (const name of READINESS) health.set(name, ready);
    },
    async stop() {
      const closed = listener.close();
      health.close();
      server.tryShutdown(() => {});
      listener.destroyConnections();
      await closed;
    },
  };
}
