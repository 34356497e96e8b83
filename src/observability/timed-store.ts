import { performance } from 'node:perf_hooks';
import { AuthError } from '../auth/errors';
import type { AuditLog, LoginFailures, RevocationFeed, SigningKeys, StoredSessions, Users } from '../auth/ports';

export interface StorePorts {
  readonly users: Users;
  readonly sessions: StoredSessions;
  readonly loginFailures: LoginFailures;
  readonly revocationFeed: RevocationFeed;
  readonly auditLog: AuditLog;
  readonly signingKeys: SigningKeys;
}

export interface StoreObserver {
  readonly onOperation: (operation: string, outcome: 'ok' | 'refused' | 'failed', durationMs: number) => void;
  readonly onSession: (change: 'created' | 'rotated') => void;
}

/** The same store; each operation of its ports is reported when it has ended, as `port.method`. */
export function timedStore<S extends StorePorts>(store: S, observer: StoreObserver): S {
  const { onOperation, onSession } = observer;
  const { users, sessions, loginFailures, revocationFeed, auditLog, signingKeys } = store;
  const timedSessions = timedPort('sessions', sessions, onOperation);
  const ports: StorePorts = {
    users: timedPort('users', users, onOperation),
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
    loginFailures: timedPort('loginFailures', loginFailures, onOperation),
    // To follow the feed is no operation that ends.
    revocationFeed: overlay(timedPort('revocationFeed', revocationFeed, onOperation), {
      follow: (listener) => revocationFeed.follow(listener),
    }),
    auditLog: timedPort('auditLog', auditLog, onOperation),
    signingKeys: timedPort('signingKeys', signingKeys, onOperation),
  };
  return overlay(store, ports as Partial<S>);
}

type Method = (...args: unknown[]) => unknown;

/** `instead` where it has something, else the target itself, whose private fields only its own methods may touch. */
function overlay<T extends object>(target: T, instead: Partial<T>): T {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(instead, name)) return Reflect.get(instead, name);
      if (!bound.has(name)) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        bound.set(name, value.bind(target));
      }
      return bound.get(name);
    },
  });
}

function timedPort<T extends object>(port: string, target: T, onOperation: StoreObserver['onOperation']): T {
  const timed = new Map<PropertyKey, Method>();
  return new Proxy(target, {
    get(_, name) {
      let method = timed.get(name);
      if (method === undefined) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        method = timedMethod(`${port}.${String(name)}`, value.bind(target), onOperation);
        timed.set(name, method);
      }
      return method;
    },
  });
}

function timedMethod(operation: string, method: Method, onOperation: StoreObserver['onOperation']): Method {
  return (...args) => {
    const startedAt = performance.now();
    const result = method(...args);
    if (!(result instanceof Promise)) return result;
    return result.then(
      (value: unknown) => {
        onOperation(operation, 'ok', performance.now() - startedAt);
        return value;
      },
      (error: unknown) => {
        const isRule = error instanceof AuthError && error.reason !== 'STORE_UNAVAILABLE';
        onOperation(operation, isRule ? 'refused' : 'failed', performance.now() - startedAt);
        throw error;
      },
    );
  };
}
