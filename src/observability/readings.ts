import { Counter, Gauge, type Registry } from 'prom-client';

/** Where the current state is read from, on demand. */
export interface Readings {
  readonly hashes: () => { readonly running: number; readonly queued: number; readonly refused: number };
  readonly tokenCache: () => { readonly hits: number; readonly misses: number; readonly size: number };
  readonly revocations: { stalenessMs(): number; readonly size: number };
  readonly store: () => { readonly storeAnswers: boolean; readonly canValidate: boolean };
  /** Connections to a database behind a network; undefined with the embedded store. */
  readonly storePool: (() => { readonly open: number; readonly inUse: number; readonly waiting: number }) | undefined;
  /** What waits to be sent, and how long the oldest of it does; rejects when the store does not answer. */
  readonly mailBacklog: () => Promise<{ readonly waiting: number; readonly oldestMs: number }>;
  /** Users whose sessions beyond MAX_SESSIONS_PER_USER are still to be ended. */
  readonly surplusUsers: () => number;
  /** Sessions that have ended together and whose rows are still to say so. */
  readonly endingSessions: () => number;
  /** By the port, `grpc` or `http`. */
  readonly connections: () => Readonly<Record<string, ConnectionReading>>;
}

interface ConnectionReading {
  readonly open: number;
  /** Of these, the ones that are through their handshake. */
  readonly served: number;
  /** By the reason for which they were closed. */
  readonly refused: Readonly<Record<string, number>>;
}

const NO_POOL = { open: 0, inUse: 0, waiting: 0 };

export function registerReadings(registry: Registry, readings: Readings): void {
  const { hashes, tokenCache, revocations, store, storePool, mailBacklog, connections } = readings;
  const registers = [registry];
  // How the values of several processes of one service become one.
  const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'max' | 'min' = 'sum'): void => {
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  gauge('postern_hashes_running', 'Password hashes that run', () => hashes().running);
  gauge('postern_hashes_queued', 'Password hashes that wait', () => hashes().queued);
  counter('postern_hashes_refused_total', 'Password hashes refused for a full queue', () => hashes().refused);
  counter('postern_token_cache_hits_total', 'Access tokens found verified', () => tokenCache().hits);
  counter('postern_token_cache_misses_total', 'Access tokens that had to be verified', () => tokenCache().misses);
  gauge('postern_token_cache_entries', 'Verified access tokens held', () => tokenCache().size);
  gauge(
    'postern_revocation_feed_lag_seconds',
    'How long ago this process was last known to have seen every revocation',
    () => finite(revocations.stalenessMs() / 1000),
    'max',
  );
  gauge('postern_revocation_records', 'Revocations held in memory', () => revocations.size, 'max');
  gauge('postern_store_up', '1 while the store takes writes', () => Number(store().storeAnswers), 'min');
  gauge(
    'postern_can_validate',
    '1 while revocations are known well enough for Validate',
    () => Number(store().canValidate),
    'min',
  );
  gauge(
    'postern_surplus_session_users',
    'Users whose sessions beyond MAX_SESSIONS_PER_USER are still to be ended',
    readings.surplusUsers,
  );
  gauge(
    'postern_ending_sessions',
    'Sessions that have ended together with many others and whose rows do not say so yet',
    readings.endingSessions,
  );
  const pool = () => storePool?.() ?? NO_POOL;
  gauge('postern_store_connections', 'Open connections to the database', () => pool().open);
  gauge('postern_store_connections_in_use', 'Those that carry an operation', () => pool().inUse);
  gauge('postern_store_connections_waited_for', 'Operations that wait for one', () => pool().waiting);
  registerMailBacklog(registers, mailBacklog);
  registerConnections(registers, connections);
}

/** Of the store that all replicas share: each of them shows the same. */
function registerMailBacklog(registers: Registry[], backlog: Readings['mailBacklog']): void {
  const gauge = (name: string, help: string, pick: (of: Awaited<ReturnType<typeof backlog>>) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      aggregator: 'max',
      async collect() {
        this.set(await backlog().then(pick, () => Number.NaN));
      },
    });
  };
  gauge('postern_mails_waiting', 'Mails that are still to be sent, in the store', ({ waiting }) => waiting);
  gauge(
    'postern_mail_oldest_seconds',
    'How long the oldest mail that is still to be sent has waited',
    ({ oldestMs }) => oldestMs / 1000,
  );
}

function registerConnections(registers: Registry[], connections: Readings['connections']): void {
  new Gauge({
    name: 'postern_connections',
    help: 'Open connections by port; beginning: they wait for their turn, or are in their TLS handshake',
    labelNames: ['port', 'state'],
    registers,
    collect() {
      for (const [port, { open, served }] of Object.entries(connections())) {
        this.set({ port, state: 'served' }, served);
        this.set({ port, state: 'beginning' }, open - served);
      }
    },
  });
  new Counter({
    name: 'postern_connections_refused_total',
    help: 'Connections closed for what they are: one too many, without a handshake, a flood',
    labelNames: ['port', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [port, { refused }] of Object.entries(connections())) {
        for (const [reason, count] of Object.entries(refused)) this.inc({ port, reason }, count);
      }
    },
  });
}

/** Before the feed was ever followed the staleness is infinite, which dashboards cannot draw. */
function finite(seconds: number): number {
  return Number.isFinite(seconds) ? seconds : Number.NaN;
}
