import { type Context, type Span, SpanKind, type Tracer } from '@opentelemetry/api';
import { AuthError } from '../../auth/errors';
import type { StorePorts } from '../../auth/store-ports';
import { type Method, overlay, wrappedPort } from '../wrapped-ports';
import * as names from './attributes';
import { markFailed } from './call-spans';
import type { RunQueued } from './tracing';

/** What the spans of the work for a call are children of; undefined: the call is not traced. */
export type FindParent = (call: unknown) => Context | undefined;

const SYSTEMS = { embedded: 'lmdb', mongodb: 'mongodb' } as const;

/**
 * The same store. Every operation takes the call as its last argument; one without it, or for a call that is not
 * traced, has no span.
 */
export function tracedStore<S extends StorePorts & { readonly kind: keyof typeof SYSTEMS }>(
  store: S,
  tracer: Tracer,
  findParent: FindParent,
): S {
  const kind = store.kind === 'mongodb' ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const wrap = (operation: string, method: Method): Method => {
    const attributes = { [names.DB_SYSTEM]: SYSTEMS[store.kind], [names.DB_OPERATION]: operation };
    return (...args) => {
      const parent = findParent(args.at(-1));
      if (parent === undefined) return method(...args);
      const span = tracer.startSpan(operation, { kind, attributes }, parent);
      return endWith(span, method(...args) as Promise<unknown>);
    };
  };
  const { users, sessions, loginFailures, revocationFeed, auditLog, signingKeys, apiKeys, mailOutbox } = store;
  const { accountTokens, mailLimits } = store;
  const ports: StorePorts = {
    users: wrappedPort('users', users, wrap),
    sessions: wrappedPort('sessions', sessions, wrap),
    loginFailures: wrappedPort('loginFailures', loginFailures, wrap),
    revocationFeed: wrappedPort('revocationFeed', revocationFeed, wrap),
    auditLog: wrappedPort('auditLog', auditLog, wrap),
    signingKeys: wrappedPort('signingKeys', signingKeys, wrap),
    apiKeys: wrappedPort('apiKeys', apiKeys, wrap),
    mailOutbox: wrappedPort('mailOutbox', mailOutbox, wrap),
    accountTokens: wrappedPort('accountTokens', accountTokens, wrap),
    mailLimits: wrappedPort('mailLimits', mailLimits, wrap),
  };
  return overlay(store, ports as Partial<S>);
}

/** The same; a job has two spans one after the other, the wait and the run. */
export function tracedHashing<Job, Value>(
  run: RunQueued<Job, Value>,
  tracer: Tracer,
  findParent: FindParent,
): RunQueued<Job, Value> {
  return async (call, job, { onStart }) => {
    const parent = findParent(call);
    if (parent === undefined) return run(call, job, { onStart });
    let span = tracer.startSpan('password hash wait', {}, parent);
    const hash = (others: number) => {
      span.end();
      const attributes = others > 0 ? { [names.HASHES_TOGETHER]: others + 1 } : {};
      span = tracer.startSpan('password hash', { attributes }, parent);
      onStart?.(others);
    };
    try {
      const value = await run(call, job, { onStart: hash });
      span.end();
      return value;
    } catch (error) {
      fail(span, error);
      throw error;
    }
  };
}

async function endWith<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    const value = await work;
    span.end();
    return value;
  } catch (error) {
    fail(span, error);
    throw error;
  }
}

/** A rule of the domain that refuses is no fault of the store or of the queue. */
function fail(span: Span, error: unknown): void {
  if (error instanceof AuthError) span.setAttribute(names.REASON, error.reason);
  const isRule = error instanceof AuthError && error.reason !== 'STORE_UNAVAILABLE';
  if (!isRule) markFailed(span, error instanceof AuthError ? error.reason : readErrorName(error));
  span.end();
}

function readErrorName(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}
