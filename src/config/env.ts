import { databaseUrl } from './database-url';
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
  words,
} from './parse';
import { TRACING_VARIABLES } from './tracing-variables';
import { computed, optional, secret, shownAs, variable } from './variable';

export type { Facts } from './variable';

const ONE_SECOND_IN_MINUTES = 1 / 60;
const ONE_SECOND_IN_DAYS = 1 / 86_400;
const TEN_YEARS = 3_650;

/** Every variable the service reads, in the order of docs/configuration.md. */
export const VARIABLES = {
  NODE_ENV: optional('`production` makes SECRET_KEY necessary, turns REFLECTION off and refuses weak ARGON2 settings'),
  SECRET_KEY: secret(
    optional(
      'Signs access tokens and derives every other key; at least 32 characters. Necessary with MongoDB or `NODE_ENV=production`; otherwise made once in the data directory (mode 0600), with a warning',
    ),
  ),
  SECRET_KEY_PREVIOUS: secret(optional('Also accepted, never used to sign; how to change the secret: see below')),
  DATABASE_URL: secret(
    variable('file:./data', databaseUrl, '`file:DIR` the embedded store; `mongodb://...`, `mongodb+srv://...` MongoDB'),
  ),
  ACCESS_TOKEN_EXPIRE_MINUTES: variable(
    '30',
    duration('minutes', { min: ONE_SECOND_IN_MINUTES, max: 10_080 }),
    'How long an access token is good, in minutes; one second to 10080',
  ),
  REFRESH_TOKEN_EXPIRE_DAYS: variable(
    '7',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS }),
    'A session that is not refreshed for so long ends, in days; up to 3650',
  ),
  SESSION_MAX_DAYS: variable(
    '30',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS }),
    'A session ends after so long however often it is refreshed, in days; up to 3650',
  ),
  REFRESH_GRACE_SECONDS: variable(
    '10',
    duration('seconds', { min: 0, max: 60 }),
    'A used refresh token presented again within this time gets the same successor; 0 to 60, 0 turns the grace off',
  ),
  MAX_SESSIONS_PER_USER: variable(
    '20',
    count({ min: 1, max: 10_000 }),
    'Beyond it the oldest session ends; 1 to 10000',
  ),
  JWT_ALGORITHM: variable('HS256', oneOf('HS256', 'ES256', 'RS256'), '`HS256`, `ES256` or `RS256`'),
  JWT_ISSUER: variable('postern', words, 'Claim `iss` of access tokens'),
  JWT_AUDIENCE: variable('postern', words, 'Claim `aud` of access tokens'),
  JWT_CLIENT_ID: shownAs('JWT_AUDIENCE', optional('Claim `client_id` of access tokens (RFC 9068 section 2.2)', words)),
  JWT_TYP: variable(
    'at+jwt',
    oneOf('at+jwt', 'JWT'),
    'Header `typ` of access tokens: `at+jwt` (RFC 9068), or `JWT` for verifiers that take nothing else; with `JWT` both are accepted',
  ),
  GRPC_ADDRESS: variable(
    '0.0.0.0:50051',
    listenAddress,
    '`host:port`, port 0 picks a free one and the start line tells which; or `unix:PATH`, open to owner and group',
  ),
  HTTP_ADDRESS: variable(
    '0.0.0.0:8080',
    hostAndPortOrOff,
    '`host:port` of `/healthz`, `/readyz`, `/metrics`, the JWKS, the gateway endpoints and JSON; without TLS, so beside TLS_CERT_FILE it takes JSON calls only when it is set; `off` turns it off',
  ),
  HEALTH_ADDRESS: variable(
    'off',
    hostAndPortOrOff,
    '`host:port` that serves `grpc.health.v1.Health` and nothing else, without TLS, for gRPC probes: services `liveness` and `readiness`; `off` turns it off',
  ),
  TLS_CERT_FILE: optional('Certificate chain, PEM; with TLS_KEY_FILE turns TLS on'),
  TLS_KEY_FILE: optional('Private key of the certificate, PEM'),
  TLS_CLIENT_CA_FILE: optional('Authorities whose client certificates are demanded (mutual TLS), PEM'),
  MTLS_ADMIN_SANS: variable(
    '',
    list(certificateName),
    'Names (DNS, URI, email or IP address) in verified client certificates that may call AdminService without a bearer; wants TLS_CLIENT_CA_FILE',
  ),
  REFLECTION: computed(
    'on; off when `NODE_ENV=production`',
    ({ production }) => (production ? 'off' : 'on'),
    onOff,
    'gRPC reflection: `on`, `off`',
  ),
  ROLES: variable(
    'user,moderator,admin,service',
    list(roleName),
    'The roles that exist; `user` (given to new users) and `admin` must be among them',
  ),
  PASSWORD_MIN_LENGTH: variable(
    '8',
    count({ min: 8, max: 64 }),
    'In characters, 8 to 64; 15 is advised where the password is the only factor. The maximum is 128',
  ),
  ARGON2_MEMORY_KIB: variable(
    '19456',
    count({ min: 8, max: 1_048_576 }),
    'argon2id memory; hashes are renewed at login when this changes',
  ),
  ARGON2_TIME: variable('2', count({ min: 1, max: 64 }), 'argon2id passes'),
  ARGON2_PARALLELISM: variable('1', count({ min: 1, max: 16 }), 'argon2id lanes'),
  HASH_CONCURRENCY: computed(
    'cores',
    ({ cores }) => String(cores),
    count({ min: 1, max: 1_024 }),
    'Password hashes that run at once',
  ),
  HASH_QUEUE: variable('64', count({ min: 0, max: 100_000 }), 'Hashes that may wait; beyond it OVERLOADED at once'),
  LOGIN_MAX_FAILURES: variable(
    '10',
    count({ min: 1, max: 100 }),
    'Failed logins per account and source address within the window, 1 to 100; an account from all addresses together: 100',
  ),
  LOGIN_WINDOW_SECONDS: variable(
    '900',
    decimal({ min: 1, max: 2_592_000 }),
    'The window, from the first failure; 1 second to 30 days',
  ),
  LOGIN_LIMIT_PER_MINUTE: variable('300', decimal({ min: 0, max: 1e9 }), 'Logins per source; 0 is off'),
  REGISTER_LIMIT_PER_MINUTE: variable('60', decimal({ min: 0, max: 1e9 }), 'Registrations per source; 0 is off'),
  RATE_LIMIT_PER_SECOND: variable('0', decimal({ min: 0, max: 1e9 }), 'All calls per source; 0 is off'),
  RATE_LIMIT_BURST: variable(
    '0',
    decimal({ min: 0, max: 1e9 }),
    'How many calls a source may make at once beyond its rate',
  ),
  REQUEST_TIMEOUT_SECONDS: variable(
    '10',
    duration('seconds', { min: 0.05, max: 3_600 }),
    'Every call is answered within this time or its own deadline, whichever is sooner; 0.05 to 3600',
  ),
  EXT_AUTHZ: variable('off', onOff, 'Envoy external authorization on the gRPC port: `on`, `off`'),
  TRUSTED_PROXIES: variable(
    '',
    list(addressRange),
    'CIDRs whose `x-forwarded-for` is believed; `unix` for callers on a unix socket',
  ),
  CORS_ORIGINS: variable('', list(origin), 'Origins that may call the JSON endpoints from a browser'),
  REVOCATION_STALENESS_SECONDS: variable(
    '30',
    duration('seconds', { min: 1, max: 3_600 }),
    'How long Validate may go on when the store is out of reach, 1 to 3600; then UNAVAILABLE',
  ),
  DRAIN_SECONDS: variable(
    '10',
    duration('seconds', { min: 0, max: 3_600 }),
    'After SIGTERM: calls are finished, everything is closed, exit 0 within this time; 0 to 3600',
  ),
  AUDIT_RETENTION_DAYS: variable(
    '90',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS }),
    'Audit events go after so many days; up to 3650',
  ),
  KEY_ROTATION_DAYS: variable(
    '90',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS }),
    'A new signing key (ES256, RS256) after so many days; up to 3650',
  ),
  KEY_LEAD_HOURS: variable(
    '24',
    duration('hours', { min: 0, max: 720 }),
    'How long a key that the schedule makes is published before it signs, in hours; a minute to 720, and never longer than half of KEY_ROTATION_DAYS',
  ),
  WORKERS: computed(
    '1',
    () => '1',
    autoOr(count({ min: 1, max: 1_024 })),
    'Processes that share the address and the store; `auto`: one per core. Limits per source are counted by each for itself',
  ),
  LOG_LEVEL: variable(
    'info',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    '`trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`',
  ),
  LOG_FORMAT: computed(
    'json; pretty on a terminal',
    ({ terminal }) => (terminal ? 'pretty' : 'json'),
    oneOf('json', 'pretty'),
    '`json`, `pretty`',
  ),
  LOG_SUMMARY_SECONDS: variable(
    '10',
    duration('seconds', { min: 0, max: 3_600 }),
    'Successes of Validate, CheckRole, BatchValidate and of what gateways ask are logged as one line per method in so many seconds, 0 to 3600; 0, or LOG_LEVEL `debug`: a line for each. All else always has its own line',
  ),
  ...TRACING_VARIABLES,
} as const;

export type VariableName = keyof typeof VARIABLES;
export type Values = { readonly [Name in VariableName]: ReturnType<(typeof VARIABLES)[Name]['parse']> };
