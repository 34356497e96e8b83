import { join } from 'node:path';
import { A_SECRET, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

test('Configuration gives the defaults of the contract in the units of the code', () => {
  const at = runtimeFacts({ cores: 6 });
  const { secrets: _secrets, ...settings } = loadWith({}, at);
  expect(settings).toEqual({
    production: false,
    adminClients: [],
    database: { kind: 'embedded', directory: join(at.directory, 'data') },
    tokens: {
      algorithm: 'HS256',
      issuer: 'postern',
      audience: 'postern',
      clientId: 'postern',
      type: 'at+jwt',
      accessTtlMs: 30 * 60_000,
      refreshTtlMs: 7 * 86_400_000,
      sessionMaxMs: 30 * 86_400_000,
      refreshGraceMs: 10_000,
      maxSessionsPerUser: 20,
      keyRotationMs: 90 * 86_400_000,
      keyLeadMs: 24 * 3_600_000,
    },
    roles: ['user', 'moderator', 'admin', 'service'],
    passwords: {
      minLength: 8,
      argon2: { memoryKib: 19_456, time: 2, parallelism: 1 },
      hashConcurrency: 6,
      hashQueue: 64,
    },
    limits: {
      loginMaxFailures: 10,
      loginWindowSeconds: 900,
      loginPerMinute: 300,
      registerPerMinute: 60,
      perSecond: 0,
      burst: 0,
      trustedProxies: [],
    },
    connections: { total: 20_000, perSource: 1_000 },
    grpc: { address: '[::]:50051', healthAddress: undefined, reflection: true, extAuthz: false },
    http: { address: '[::]:8080', landingPage: true, corsOrigins: [], json: true },
    tls: undefined,
    mail: undefined,
    requireVerifiedEmail: false,
    requestTimeoutMs: 10_000,
    revocationStalenessMs: 30_000,
    drainMs: 10_000,
    auditRetentionMs: 90 * 86_400_000,
    workers: 1,
    log: { level: 'info', format: 'json', summaryMs: 10_000 },
    tracing: undefined,
    warnings: [],
  });
});

test('JWT_CLIENT_ID is the audience unless it is set, and JWT_TYP is one of two', () => {
  expect(loadWith({ JWT_AUDIENCE: 'shop' }).tokens).toMatchObject({ clientId: 'shop', type: 'at+jwt' });
  expect(loadWith({ JWT_CLIENT_ID: 'till', JWT_TYP: 'JWT' }).tokens).toMatchObject({ clientId: 'till', type: 'JWT' });
  expect(() => loadWith({ JWT_TYP: 'jwt' })).toThrow(/JWT_TYP: is not one of at\+jwt, JWT/);
});

test('a scheduled key is published for KEY_LEAD_HOURS, and never for longer than half of KEY_ROTATION_DAYS', () => {
  expect(loadWith({ KEY_LEAD_HOURS: '0.5' }).tokens.keyLeadMs).toBe(1_800_000);
  expect(loadWith({ KEY_ROTATION_DAYS: '1' }).tokens.keyLeadMs).toBe(12 * 3_600_000);
});

test('an issuer whose keys are discovered without TLS is warned of in production', () => {
  const warned = (env: Record<string, string>) =>
    loadWith(env).warnings.filter((text) => text.startsWith('JWT_ISSUER'));
  expect(warned({ NODE_ENV: 'production', JWT_ISSUER: 'http://auth.example.com' })).toHaveLength(1);
  expect(warned({ NODE_ENV: 'production', JWT_ISSUER: 'https://auth.example.com' })).toEqual([]);
  expect(warned({ JWT_ISSUER: 'http://localhost:8080' })).toEqual([]);
});

test('Reflection is off in production unless it is turned on [E10]', () => {
  expect(loadWith({ NODE_ENV: 'production' }).grpc.reflection).toBe(false);
  expect(loadWith({ NODE_ENV: 'production', REFLECTION: 'on' }).grpc.reflection).toBe(true);
  expect(loadWith({ REFLECTION: 'off' }).grpc.reflection).toBe(false);
});

test.each(['production', 'Production', 'PRODUCTION', ' production '])('NODE_ENV=%s is production', (text) => {
  const settings = loadWith({ NODE_ENV: text });
  expect([settings.production, settings.warnings]).toEqual([true, []]);
});

test.each([
  ['development', []],
  ['Test', []],
  ['', []],
  ['prod', [expect.stringMatching(/^NODE_ENV is not production/)]],
  ['live', [expect.stringMatching(/write NODE_ENV=production/)]],
])('NODE_ENV=%s is no production; an unknown word is warned of', (text, warnings) => {
  expect(loadWith({ NODE_ENV: text })).toMatchObject({ production: false, warnings });
});

test('The service logs prettily on a terminal only', () => {
  expect(loadWith({}, runtimeFacts({ terminal: true })).log.format).toBe('pretty');
  expect(loadWith({ LOG_FORMAT: 'json' }, runtimeFacts({ terminal: true })).log.format).toBe('json');
});

test('WORKERS=auto is one per core', () => {
  expect(loadWith({ WORKERS: 'auto' }, runtimeFacts({ cores: 3 })).workers).toBe(3);
});

test('Configuration takes fractions of time and of rates', () => {
  const settings = loadWith({
    ACCESS_TOKEN_EXPIRE_MINUTES: '0.5',
    DRAIN_SECONDS: '0.25',
    RATE_LIMIT_PER_SECOND: '0.5',
  });
  expect(settings.tokens.accessTtlMs).toBe(30_000);
  expect(settings.drainMs).toBe(250);
  expect(settings.limits.perSecond).toBe(0.5);
});

test.each([
  ['DATABASE_URL', 'file:/var/lib/postern', { kind: 'embedded', directory: '/var/lib/postern' }],
  ['DATABASE_URL', 'file:///var/lib/postern', { kind: 'embedded', directory: '/var/lib/postern' }],
  ['DATABASE_URL', 'mongodb://u:p%40@a:1,b:2,[::1]:3/db?x=y', expect.objectContaining({ kind: 'mongodb' })],
  ['DATABASE_URL', 'mongodb+srv://u:p@cluster.example.net/db', expect.objectContaining({ kind: 'mongodb' })],
])('reads %s=%s', (name, text, database) => {
  expect(loadWith({ [name]: text }).database).toEqual(database);
});

test.each([
  ['GRPC_ADDRESS', '[::]:0'],
  ['GRPC_ADDRESS', 'unix:/run/postern.sock'],
  ['GRPC_ADDRESS', 'localhost:50051'],
  ['HTTP_ADDRESS', 'off'],
  ['TRUSTED_PROXIES', '10.0.0.0/8, 192.168.1.1 ,fd00::/8,unix'],
  ['CORS_ORIGINS', 'https://a.example.com,http://localhost:3000'],
  ['ROLES', 'admin, user'],
  ['REFRESH_GRACE_SECONDS', '0'],
  ['LOGIN_LIMIT_PER_MINUTE', '0'],
  ['DATABASE_URL', ''],
])('accepts %s=%s', (name, text) => {
  expect(listFaults({ [name]: text })).toEqual([]);
});

test.each([
  ['DATABASE_URL', 'postgres://x'],
  ['DATABASE_URL', './data'],
  ['DATABASE_URL', 'file:'],
  ['DATABASE_URL', 'file://host/dir'],
  ['DATABASE_URL', 'mongodb://'],
  ['DATABASE_URL', 'mongodb://u:p@/db'],
  ['DATABASE_URL', 'mongodb://a:port/db'],
  ['DATABASE_URL', 'mongodb+srv://a,b/db'],
  ['DATABASE_URL', 'mongodb://h/postern '],
  ['DATABASE_URL', 'mongodb://h/post ern'],
  ['ACCESS_TOKEN_EXPIRE_MINUTES', '0'],
  ['ACCESS_TOKEN_EXPIRE_MINUTES', '-1'],
  ['ACCESS_TOKEN_EXPIRE_MINUTES', '1e3'],
  ['ACCESS_TOKEN_EXPIRE_MINUTES', 'Infinity'],
  ['REFRESH_TOKEN_EXPIRE_DAYS', '0x10'],
  ['REFRESH_GRACE_SECONDS', '60.5'],
  ['REVOCATION_STALENESS_SECONDS', '0.5'],
  ['REVOCATION_STALENESS_SECONDS', '3601'],
  ['MAX_SESSIONS_PER_USER', '1.5'],
  ['JWT_ALGORITHM', 'hs256'],
  ['JWT_ALGORITHM', 'none'],
  ['JWT_ISSUER', 'a\nb'],
  ['GRPC_ADDRESS', ':50051'],
  ['GRPC_ADDRESS', '0.0.0.0:65536'],
  ['GRPC_ADDRESS', '::1:50051'],
  ['GRPC_ADDRESS', 'off'],
  ['GRPC_ADDRESS', 'unix:'],
  ['HTTP_ADDRESS', '8080'],
  ['REFLECTION', 'yes'],
  ['ROLES', 'user,moderator'],
  ['ROLES', 'user,admin,"x"'],
  ['PASSWORD_MIN_LENGTH', '7'],
  ['PASSWORD_MIN_LENGTH', '65'],
  ['ARGON2_MEMORY_KIB', '7'],
  ['HASH_CONCURRENCY', '0'],
  ['LOGIN_MAX_FAILURES', '101'],
  ['RATE_LIMIT_PER_SECOND', '-0.5'],
  ['REQUEST_TIMEOUT_SECONDS', '0'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', 'example.com'],
  ['CORS_ORIGINS', 'https://a.example.com/path'],
  ['CORS_ORIGINS', '*'],
  ['WORKERS', '0'],
  ['WORKERS', 'all'],
  ['MAX_CONNECTIONS', '0'],
  ['MAX_CONNECTIONS_PER_SOURCE', '1.5'],
  ['LOG_LEVEL', 'verbose'],
  ['LOG_FORMAT', 'xml'],
])('refuses %s=%s and names it', (name, text) => {
  const [fault, ...others] = listFaults({ SECRET_KEY: A_SECRET, [name]: text });
  expect(fault).toMatch(new RegExp(`^${name}: [^;]+; .+`));
  expect(others).toEqual([]);
});
