import { type DatabaseConfig, databaseUrl } from './database-url';
import type { MailConfig } from './mail-config';
import { MAIL_SETTINGS } from './mail-settings';
import {
  addressRange,
  autoOr,
  certificateName,
  count,
  decimal,
  duration,
  hostAndPortOrOff,
  list,
  listenAddress,
  oneOf,
  onOff,
  origin,
  roleName,
} from './parse';
import { computed, listSettings, optional, secret, setting, type ValuesOf } from './setting';
import type { TlsConfig } from './tls-files';
import { ONE_SECOND_IN_DAYS, TEN_YEARS_IN_DAYS, TOKEN_SETTINGS } from './token-settings';
import type { TracingConfig } from './tracing-config';
import { TRACING_SETTINGS } from './tracing-settings';

/**
 * Every environment variable that the service reads. A new one is one line here, in the group in which the code finds
 * its value; `npm run gen:config` then writes it into docs/configuration.md and .env.example.
 */
export const SETTINGS = {
  nodeEnv: optional(
    'NODE_ENV',
    '`production`, in any case, makes SECRET_KEY necessary, turns REFLECTION off and refuses weak ARGON2 settings; a word other than `production`, `development` and `test` is warned of',
  ),
  secretTexts: {
    current: secret(
      optional(
        'SECRET_KEY',
        'Signs access tokens and derives every other key; at least 32 characters. Necessary with MongoDB or `NODE_ENV=production`; otherwise made once in the data directory (mode 0600), with a warning',
      ),
    ),
    previous: secret(
      optional('SECRET_KEY_PREVIOUS', 'Also accepted, never used to sign; how to change the secret: see below'),
    ),
  },
  database: secret(
    setting(
      'DATABASE_URL',
      'file:./data',
      databaseUrl,
      '`file:DIR` the embedded store; `mongodb://...`, `mongodb+srv://...` MongoDB',
    ),
  ),
  tokens: TOKEN_SETTINGS,
  grpc: {
    address: setting(
      'GRPC_ADDRESS',
      '[::]:50051',
      listenAddress,
      '`host:port`, port 0 picks a free one and the start line says which; or `unix:PATH`, open to owner and group. `[::]` is every IPv6 and IPv4 address, and every IPv4 address where IPv6 is off',
    ),
    healthAddress: setting(
      'HEALTH_ADDRESS',
      'off',
      hostAndPortOrOff,
      '`host:port` that serves `grpc.health.v1.Health` and nothing else, without TLS, for gRPC probes: services `liveness` and `readiness`; `off` turns it off',
    ),
    reflection: computed(
      'REFLECTION',
      ['on; off when `NODE_ENV=production`', ({ production }) => (production ? 'off' : 'on')],
      onOff,
      'gRPC reflection: `on`, `off`',
    ),
    extAuthz: setting('EXT_AUTHZ', 'off', onOff, 'Envoy external authorization on the gRPC port: `on`, `off`'),
  },
  http: {
    address: setting(
      'HTTP_ADDRESS',
      '[::]:8080',
      hostAndPortOrOff,
      '`host:port` of `/healthz`, `/readyz`, `/metrics`, the JWKS, the gateway endpoints and JSON; without TLS, so beside TLS_CERT_FILE it takes JSON calls only when it is set; `off` turns it off',
    ),
    landingPage: setting(
      'LANDING_PAGE',
      'on',
      onOff,
      'The page at `/` of the HTTP port that says what runs here, with the API reference; without versions when `NODE_ENV=production`: `on`, `off`',
    ),
    corsOrigins: setting('CORS_ORIGINS', '', list(origin), 'Origins that may call the JSON endpoints from a browser'),
  },
  tls: {
    certFile: optional('TLS_CERT_FILE', 'Certificate chain, PEM; with TLS_KEY_FILE turns TLS on'),
    keyFile: optional('TLS_KEY_FILE', 'Private key of the certificate, PEM'),
    clientCaFile: optional(
      'TLS_CLIENT_CA_FILE',
      'Authorities whose client certificates are demanded (mutual TLS), PEM',
    ),
  },
  adminClients: setting(
    'MTLS_ADMIN_SANS',
    '',
    list(certificateName),
    'Names (DNS, URI, email or IP address) in verified client certificates that may call AdminService without a bearer; wants TLS_CLIENT_CA_FILE',
  ),
  roles: setting(
    'ROLES',
    'user,moderator,admin,service',
    list(roleName, 1_000),
    'The roles that exist, at most 1000; `user` (given to new users) and `admin` must be among them',
  ),
  passwords: {
    minLength: setting(
      'PASSWORD_MIN_LENGTH',
      '8',
      count({ min: 8, max: 64 }),
      'In characters, 8 to 64; 15 is advised where the password is the only factor. The maximum is 128',
    ),
    argon2: {
      memoryKib: setting(
        'ARGON2_MEMORY_KIB',
        '19456',
        count({ min: 8, max: 1_048_576 }),
        'argon2id memory; hashes are renewed at login when this changes',
      ),
      time: setting('ARGON2_TIME', '2', count({ min: 1, max: 64 }), 'argon2id passes'),
      parallelism: setting('ARGON2_PARALLELISM', '1', count({ min: 1, max: 16 }), 'argon2id lanes'),
    },
    hashConcurrency: computed(
      'HASH_CONCURRENCY',
      ['cores', ({ cores }) => String(cores)],
      count({ min: 1, max: 1_024 }),
      'Password hashes that run at once',
    ),
    hashQueue: setting(
      'HASH_QUEUE',
      '64',
      count({ min: 0, max: 100_000 }),
      'Hashes that may wait; beyond it OVERLOADED at once',
    ),
  },
  connections: {
    total: setting(
      'MAX_CONNECTIONS',
      '20000',
      count({ min: 1, max: 1_000_000 }),
      'Open connections on the gRPC port, of each worker; a further one is closed at once',
    ),
    perSource: setting(
      'MAX_CONNECTIONS_PER_SOURCE',
      '1000',
      count({ min: 1, max: 1_000_000 }),
      'The same from one IPv4 address or one IPv6 /64; callers behind a balancer that hides their addresses are one source. A unix socket is bound by MAX_CONNECTIONS alone',
    ),
  },
  limits: {
    loginMaxFailures: setting(
      'LOGIN_MAX_FAILURES',
      '10',
      count({ min: 1, max: 100 }),
      'Failed logins per account and source address within the window, 1 to 100; an account from all addresses together: 100',
    ),
    loginWindowSeconds: setting(
      'LOGIN_WINDOW_SECONDS',
      '900',
      decimal({ min: 1, max: 2_592_000 }),
      'The window, from the first failure; 1 second to 30 days',
    ),
    loginPerMinute: setting(
      'LOGIN_LIMIT_PER_MINUTE',
      '300',
      decimal({ min: 0, max: 1e9 }),
      'Logins per source, and as many changes of a password or an email; 0 is off',
    ),
    registerPerMinute: setting(
      'REGISTER_LIMIT_PER_MINUTE',
      '60',
      decimal({ min: 0, max: 1e9 }),
      'Registrations per source, as many requests for a password reset, and for a verification; 0 is off',
    ),
    perSecond: setting('RATE_LIMIT_PER_SECOND', '0', decimal({ min: 0, max: 1e9 }), 'All calls per source; 0 is off'),
    burst: setting(
      'RATE_LIMIT_BURST',
      '0',
      decimal({ min: 0, max: 1e9 }),
      'How many calls a source may make at once beyond its rate',
    ),
    trustedProxies: setting(
      'TRUSTED_PROXIES',
      '',
      list(addressRange),
      'CIDRs whose `x-forwarded-for` is believed; `unix` for callers on a unix socket',
    ),
  },
  requestTimeoutMs: setting(
    'REQUEST_TIMEOUT_SECONDS',
    '10',
    duration('seconds', { min: 0.05, max: 3_600 }),
    'Every call is answered within this time or its own deadline, whichever is sooner; 0.05 to 3600',
  ),
  revocationStalenessMs: setting(
    'REVOCATION_STALENESS_SECONDS',
    '30',
    duration('seconds', { min: 1, max: 3_600 }),
    'How long Validate may go on when the store is out of reach, 1 to 3600; then UNAVAILABLE',
  ),
  drainMs: setting(
    'DRAIN_SECONDS',
    '10',
    duration('seconds', { min: 0, max: 3_600 }),
    'After SIGTERM: calls are finished, everything is closed, exit 0 within this time; 0 to 3600',
  ),
  auditRetentionMs: setting(
    'AUDIT_RETENTION_DAYS',
    '90',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS_IN_DAYS }),
    'Audit events go after so many days; up to 3650',
  ),
  workers: computed(
    'WORKERS',
    ['1', () => '1'],
    autoOr(count({ min: 1, max: 1_024 })),
    'Processes that share the address and the store; `auto`: one per core that the process may use, by its CPU affinity and its cgroup. Limits per source are counted by each for itself',
  ),
  log: {
    level: setting(
      'LOG_LEVEL',
      'info',
      oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
      '`trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`',
    ),
    format: computed(
      'LOG_FORMAT',
      ['json; pretty on a terminal', ({ terminal }) => (terminal ? 'pretty' : 'json')],
      oneOf('json', 'pretty'),
      '`json`, `pretty`',
    ),
    summaryMs: setting(
      'LOG_SUMMARY_SECONDS',
      '10',
      duration('seconds', { min: 0, max: 3_600 }),
      'Successes of Validate, CheckRole, BatchValidate and of what gateways ask are logged as one line per method in so many seconds, 0 to 3600; 0, or LOG_LEVEL `debug`: a line for each. All else always has its own line',
    ),
  },
  mail: MAIL_SETTINGS,
  requireVerifiedEmail: setting(
    'REQUIRE_VERIFIED_EMAIL',
    'off',
    onOff,
    'Login of an account whose address was never verified says EMAIL_UNVERIFIED to the right password: `on`, `off`; see accounts.md',
  ),
  tracing: TRACING_SETTINGS,
} as const;

/** The same as a list, in the order of the documentation. */
export const ALL_SETTINGS = listSettings(SETTINGS);

type Values = ValuesOf<typeof SETTINGS>;

/**
 * Everything that can be set but the keys, checked and in the units the code uses. The table: docs/configuration.md.
 */
export interface Settings
  extends Omit<Values, 'nodeEnv' | 'secretTexts' | 'tokens' | 'http' | 'tls' | 'workers' | 'mail' | 'tracing'> {
  readonly production: boolean;
  readonly tokens: Values['tokens'] & {
    /** Claim `client_id`: the audience unless it is set. */
    readonly clientId: string;
  };
  /** Where the store is; holds a password, so never logged as it is. */
  readonly database: DatabaseConfig;
  readonly http: Values['http'] & {
    /** Whether passwords may come in over this port, which has no TLS: not by default beside a gRPC port that has. */
    readonly json: boolean;
  };
  readonly tls: TlsConfig | undefined;
  readonly workers: number;
  /** How mail is sent; undefined: there is none. */
  readonly mail: MailConfig | undefined;
  /** Where traces go; undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined;
  /** What the log should say at the start, one sentence each. */
  readonly warnings: readonly string[];
}
