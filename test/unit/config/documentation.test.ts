import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ALL_SETTINGS } from '../../../src/config/settings';
import { fileIn, listFaults, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

const names = ALL_SETTINGS.map(({ name }) => name);

/** The names and defaults that callers were promised. */
const PROMISED: Record<string, string> = {
  SECRET_KEY: 'none',
  SECRET_KEY_PREVIOUS: 'none',
  DATABASE_URL: 'file:./data',
  ACCESS_TOKEN_EXPIRE_MINUTES: '30',
  REFRESH_TOKEN_EXPIRE_DAYS: '7',
  SESSION_MAX_DAYS: '30',
  REFRESH_GRACE_SECONDS: '10',
  MAX_SESSIONS_PER_USER: '20',
  JWT_ALGORITHM: 'HS256',
  JWT_ISSUER: 'postern',
  JWT_AUDIENCE: 'postern',
  GRPC_ADDRESS: '[::]:50051',
  HTTP_ADDRESS: '[::]:8080',
  MAX_CONNECTIONS: '20000',
  MAX_CONNECTIONS_PER_SOURCE: '1000',
  TLS_CERT_FILE: 'none',
  TLS_KEY_FILE: 'none',
  TLS_CLIENT_CA_FILE: 'none',
  MTLS_ADMIN_SANS: 'none',
  REFLECTION: 'on; off when `NODE_ENV=production`',
  ROLES: 'user,moderator,admin,service',
  PASSWORD_MIN_LENGTH: '8',
  ARGON2_MEMORY_KIB: '19456',
  ARGON2_TIME: '2',
  ARGON2_PARALLELISM: '1',
  HASH_CONCURRENCY: 'cores',
  HASH_QUEUE: '64',
  LOGIN_MAX_FAILURES: '10',
  LOGIN_WINDOW_SECONDS: '900',
  LOGIN_LIMIT_PER_MINUTE: '300',
  REGISTER_LIMIT_PER_MINUTE: '60',
  RATE_LIMIT_PER_SECOND: '0',
  RATE_LIMIT_BURST: '0',
  REQUEST_TIMEOUT_SECONDS: '10',
  EXT_AUTHZ: 'off',
  TRUSTED_PROXIES: 'none',
  CORS_ORIGINS: 'none',
  REVOCATION_STALENESS_SECONDS: '30',
  DRAIN_SECONDS: '10',
  AUDIT_RETENTION_DAYS: '90',
  KEY_ROTATION_DAYS: '90',
  WORKERS: '1',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'json; pretty on a terminal',
};

test('docs/configuration.md lists every variable as the code has it', () => {
  const rows = readFileSync('docs/configuration.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z]/.test(line));
  const expected = ALL_SETTINGS.map(({ name, shownDefault, doc }) => `| ${name} | ${shownDefault} | ${doc} |`);
  expect(rows).toEqual(expected);
});

test('every promised variable exists with its default', () => {
  const defaults = Object.fromEntries(ALL_SETTINGS.map(({ name, shownDefault }) => [name, shownDefault]));
  expect(defaults).toMatchObject(PROMISED);
});

test('.env.example has every variable, with a value that the code accepts', () => {
  const lines = readFileSync('.env.example', 'utf8').split('\n');
  const uncommented = lines.filter((line) => /^#[A-Z]/.test(line)).map((line) => line.slice(1));
  const example = parseEnv(uncommented.join('\n')) as Record<string, string>;
  expect(Object.keys(example).sort()).toEqual([...names].sort());
  const { SECRET_KEY, ...rest } = example;
  const at = runtimeFacts();
  fileIn(at, '.env', lines.join('\n'));
  expect(listFaults({}, at)).toEqual([]);
  expect(listFaults(rest, at)).toEqual([]);
  expect(listFaults({ SECRET_KEY: `${SECRET_KEY}` }, at)).toEqual([expect.stringContaining('easy to guess')]);
});

test('.env.example says of every variable what docs/configuration.md says, in lines that fit a terminal', () => {
  const file = readFileSync('.env.example', 'utf8');
  const said = file
    .split('\n\n')
    .slice(1)
    .map((entry) => {
      const comment = entry.split('\n').filter((line) => line.startsWith('# '));
      return comment.map((line) => line.slice(2)).join(' ');
    });
  const plain = (text: string) => text.replaceAll('`', '');
  const expected = ALL_SETTINGS.map(({ doc, shownDefault }) => `${plain(doc)} (default: ${plain(shownDefault)})`);
  expect(said).toEqual(expected);
  expect(file.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

test('README names only variables that exist', () => {
  const mentioned = readFileSync('README.md', 'utf8').match(/`[A-Z][A-Z0-9]*(_[A-Z0-9]+)+`/g) ?? [];
  const known = new Set<string>([...names, ...names.map((name) => `${name}_FILE`), 'MONGODB_URI']);
  expect(mentioned.map((name) => name.slice(1, -1)).filter((name) => !known.has(name))).toEqual([]);
});
