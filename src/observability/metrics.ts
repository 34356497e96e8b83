import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { AuditEventType } from '../auth/audit/audit-event';
import { MAIL_KINDS, type MailKind } from '../auth/outgoing-mail/outgoing-mail';
import type { StorePorts } from '../auth/store-ports';
import { type Readings, registerReadings } from './readings';
import { registerTallies } from './tallies';
import { timedStore } from './timed-store';

/** Everything that `/metrics` shows; the table for people: docs/metrics.md. One per application, none shared. */
export interface Metrics {
  /** One call of any transport has ended: `/package.Service/Method`, the name of its status, its duration in ms. */
  readonly onCall: (method: string, status: string, durationMs: number) => void;
  readonly onDecision: (gateway: string, outcome: string) => void;
  readonly onEvent: (type: AuditEventType) => void;
  /** An attempt to send a mail has ended: `sent`, `retried`, `given_up`, `dropped` or `released`. */
  readonly onMail: (kind: MailKind, outcome: string) => void;
  /** The same store, with the time of each operation taken and the sessions counted that it makes and rotates. */
  readonly timed: <S extends StorePorts>(store: S) => S;
  /** What is read on demand. */
  readonly read: (readings: Readings) => void;
  /** In the text format of Prometheus. */
  readonly text: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

const CALL_BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STORE_BUCKETS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10];

/** @param ofAll what is shown instead of this process's own metrics, where several processes are one service */
export function createMetrics(ofAll?: (registry: Registry) => () => Promise<string>): Metrics {
  const registry = new Registry();
  const read = ofAll?.(registry) ?? (() => registry.metrics());
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: 'postern_call_duration_seconds',
    help: 'Calls by method and status, over gRPC and as JSON, from their headers to their answer',
    labelNames: ['method', 'status'],
    buckets: CALL_BUCKETS,
    registers,
  });
  const decisions = registerTallies(registry, {
    name: 'postern_gateway_decisions_total',
    help: 'Requests decided for gateways: allowed, anonymous, unauthenticated, forbidden, limited, unavailable',
    labelNames: ['gateway', 'outcome'],
  });
  const events = new Counter({
    name: 'postern_events_total',
    help: 'Events of authentication by type, as in the audit log',
    labelNames: ['type'],
    registers,
  });
  const sessions = new Counter({
    name: 'postern_session_changes_total',
    help: 'Sessions created, rotated, and ended because a refresh token was replayed',
    labelNames: ['change'],
    registers,
  });
  const mails = new Counter({
    name: 'postern_mails_total',
    help: 'Attempts to send mail by how they ended: sent, retried later, given_up, dropped as pointless, released at a stop',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const operations = new Histogram({
    name: 'postern_store_operation_duration_seconds',
    help: 'Operations on the store; refused: by a rule of the store, such as a taken name; failed: out of reach or broken',
    labelNames: ['operation', 'outcome'],
    buckets: STORE_BUCKETS,
    registers,
  });
  const callSeries = series((method, status) => calls.labels(method, status));
  const decisionSeries = series(decisions);
  const operationSeries = series((operation, outcome) => operations.labels(operation, outcome));
  for (const kind of MAIL_KINDS) for (const outcome of ['sent', 'retried', 'given_up']) mails.inc({ kind, outcome }, 0);
  for (const change of ['created', 'rotated', 'replayed']) sessions.inc({ change }, 0);
  return {
    onCall: (method, status, durationMs) => callSeries(method, status).observe(durationMs / 1000),
    onDecision(gateway, outcome) {
      decisionSeries(gateway, outcome).count += 1;
    },
    onEvent(type) {
      events.inc({ type });
      if (type === 'refresh.replayed') sessions.inc({ change: 'replayed' });
    },
    onMail: (kind, outcome) => mails.inc({ kind, outcome }),
    timed: (store) =>
      timedStore(store, {
        onOperation: (operation, outcome, durationMs) => operationSeries(operation, outcome).observe(durationMs / 1000),
        onSession: (change) => sessions.inc({ change }),
      }),
    read: (readings) => registerReadings(registry, readings),
    text: async () => ({ contentType: registry.contentType, body: await read() }),
  };
}

/** The time series of two labels, each made by prom-client once only. */
function series<T>(resolve: (first: string, second: string) => T): (first: string, second: string) => T {
  const known = new Map<string, Map<string, T>>();
  return (first, second) => {
    let row = known.get(first);
    if (row === undefined) {
      row = new Map();
      known.set(first, row);
    }
    let one = row.get(second);
    if (one === undefined) {
      one = resolve(first, second);
      row.set(second, one);
    }
    return one;
  };
}
