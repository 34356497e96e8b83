import { systemClock } from '../auth/clock';
import { AuthError } from '../auth/errors';
import type { StorePorts } from '../auth/store-ports';
import { type Method, overlay, wrappedPort } from './wrapped-ports';

export interface StoreObserver {
  readonly onOperation: (operation: string, outcome: 'ok' | 'refused' | 'failed', durationMs: number) => void;
  readonly onSession: (change: 'created' | 'rotated') => void;
}

/** The same store; each operation of its ports is reported when it has ended, as `port.method`. */
export function timedStore<S extends StorePorts>(store: S, observer: StoreObserver): S {
  const { onOperation, onSession } = observer;
  const { users, sessions, loginFailures, revocationFeed, auditLog, signingKeys, apiKeys, mailOutbox } = store;
  const { accountTokens, mailLimits } = store;
  const timed = <T extends object>(port: string, target: T): T =>
    wrappedPort(port, target, (operation, method) => timedMethod(operation, method, onOperation));
  const timedSessions = timed('sessions', sessions);
  const ports: StorePorts = {
    users: timed('users', users),
    sessions: overlay(timedSessions, {
      async insert(session, call) {
        await timedSessions.insert(session, call);
        onSession('created');
      },
      async rotate(id, rotation, call) {
        const rotated = await timedSessions.rotate(id, rotation, call);
        if (rotated !== undefined) onSession('rotated');
        return rotated;
      },
    }),
    loginFailures: timed('loginFailures', loginFailures),
    // To follow the feed is no operation that ends.
    revocationFeed: overlay(timed('revocationFeed', revocationFeed), {
      follow: (listener) => revocationFeed.follow(listener),
    }),
    auditLog: timed('auditLog', auditLog),
    signingKeys: timed('signingKeys', signingKeys),
    apiKeys: timed('apiKeys', apiKeys),
    mailOutbox: timed('mailOutbox', mailOutbox),
    accountTokens: timed('accountTokens', accountTokens),
    mailLimits: timed('mailLimits', mailLimits),
  };
  return overlay(store, ports as Partial<S>);
}

function timedMethod(operation: string, method: Method, onOperation: StoreObserver['onOperation']): Method {
  return (...args) => {
    const startedAt = systemClock.monotonic();
    const result = method(...args);
    if (!(result instanceof Promise)) return result;
    return result.then(
      (value: unknown) => {
        onOperation(operation, 'ok', systemClock.monotonic() - startedAt);
        return value;
      },
      (error: unknown) => {
        const isRule = error instanceof AuthError && error.reason !== 'STORE_UNAVAILABLE';
        onOperation(operation, isRule ? 'refused' : 'failed', systemClock.monotonic() - startedAt);
        throw error;
      },
    );
  };
}
