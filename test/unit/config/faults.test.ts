import { loadConfig } from '../../../src/config/config';
import { A_SECRET, fileIn, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

test('Configuration reports all faults together, one line each', () => {
  const faults = listFaults({
    NODE_ENV: 'production',
    DATABASE_URL: 'mongodb://',
    WORKERS: 'none',
    TLS_CERT_FILE: '/nowhere/cert.pem',
    ROLES: 'guest',
    LOG_LEVEL: 'loud',
    JWT_ALGORITHM: 'none',
  });
  const names = faults.map((fault) => fault.slice(0, fault.indexOf(':')));
  expect(names.sort()).toEqual(
    [
      'DATABASE_URL',
      'JWT_ALGORITHM',
      'LOG_LEVEL',
      'ROLES',
      'SECRET_KEY',
      'TLS_CERT_FILE',
      'TLS_KEY_FILE',
      'WORKERS',
    ].sort(),
  );
  expect(faults.every((fault) => !fault.includes('\n'))).toBe(true);
});

test('A configuration error never repeats a value, which may be a secret in the wrong place [F2]', () => {
  const canary = 'canary-4f9d1c';
  const names = ['SECRET_KEY', 'DATABASE_URL', 'GRPC_ADDRESS', 'ROLES', 'WORKERS', 'JWT_ALGORITHM', 'SECRET_KEY_FILE'];
  for (const name of names) {
    const faults = listFaults({ [name]: `${canary}\u0007 "` });
    expect(faults).not.toEqual([]);
    expect(faults.join('\n')).not.toContain(canary);
  }
});

test('MTLS_ADMIN_SANS refuses names that no certificate could prove, and texts that are no name [E2]', () => {
  expect(listFaults({ MTLS_ADMIN_SANS: 'ops.example.org' })).toEqual([expect.stringContaining('TLS_CLIENT_CA_FILE')]);
  for (const text of ['DNS:ops.example.org', 'ops example', 'ops,\u0007', 'x'.repeat(256)]) {
    expect(listFaults({ MTLS_ADMIN_SANS: text })).toContainEqual(expect.stringMatching(/^MTLS_ADMIN_SANS: holds/));
  }
});

test('Configuration refuses one port for both listeners', () => {
  expect(listFaults({ GRPC_ADDRESS: '127.0.0.1:9000', HTTP_ADDRESS: '127.0.0.1:9000' })).toHaveLength(1);
  expect(listFaults({ HTTP_ADDRESS: '127.0.0.1:9000', HEALTH_ADDRESS: '127.0.0.1:9000' })).toEqual([
    'HEALTH_ADDRESS: is the same as HTTP_ADDRESS; give each a port of its own',
  ]);
  expect(listFaults({ GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0' })).toEqual([]);
});

test('Configuration refuses argon2 settings below every OWASP pair in production and warns of them elsewhere [A8]', () => {
  const weak = { ARGON2_MEMORY_KIB: '19455', ARGON2_TIME: '2' };
  expect(listFaults({ ...weak, NODE_ENV: 'production', SECRET_KEY: A_SECRET })).toEqual([
    expect.stringMatching(/^ARGON2_MEMORY_KIB: .*19456/),
  ]);
  expect(loadWith(weak).warnings).toEqual([expect.stringContaining('OWASP')]);
  for (const [memory, time] of [
    ['47104', '1'],
    ['19456', '2'],
    ['12288', '3'],
    ['9216', '4'],
    ['7168', '5'],
    ['7168', '9'],
  ]) {
    const env = {
      NODE_ENV: 'production',
      SECRET_KEY: A_SECRET,
      ARGON2_MEMORY_KIB: `${memory}`,
      ARGON2_TIME: `${time}`,
    };
    expect(listFaults(env)).toEqual([]);
  }
  expect(
    listFaults({ NODE_ENV: 'production', SECRET_KEY: A_SECRET, ARGON2_MEMORY_KIB: '7167', ARGON2_TIME: '9' }),
  ).toHaveLength(1);
});

test('Configuration refuses less argon2 memory than the lanes need', () => {
  expect(listFaults({ ARGON2_MEMORY_KIB: '64', ARGON2_PARALLELISM: '9' })).toEqual([
    expect.stringMatching(/^ARGON2_MEMORY_KIB:/),
  ]);
});

test.each([
  ['JWT_ALGORITM', 'JWT_ALGORITHM'],
  ['WORKER', 'WORKERS'],
  ['HTTP_ADRESS', 'HTTP_ADDRESS'],
  ['LOG_LEVLE', 'LOG_LEVEL'],
  ['SECRET_KEYS_FILE', 'SECRET_KEY_FILE'],
])('warns that %s is probably %s', (name, meant) => {
  expect(loadWith({ [name]: 'x' }).warnings).toEqual([expect.stringContaining(`${meant} is meant`)]);
});

test('Configuration does not warn of names that are far from ours', () => {
  expect(
    loadWith({ PATH: '/bin', HTTP_PROXY: 'http://p', LOGNAME: 'x', TLS_CA_FILE: 'x', NODE_OPTIONS: '' }).warnings,
  ).toEqual([]);
});

test('Configuration is read from .env, and the environment wins over it', () => {
  const at = runtimeFacts();
  fileIn(at, '.env', 'JWT_ISSUER="from the file"\nJWT_AUDIENCE=file\n# WORKERS=9\n');
  const { tokens, workers } = loadWith({ JWT_AUDIENCE: 'environment' }, at);
  expect([tokens.issuer, tokens.audience, workers]).toEqual(['from the file', 'environment', 1]);
});

test('Configuration finds faults in .env and warns of its misspellings', () => {
  const at = runtimeFacts();
  fileIn(at, '.env', 'WORKERS=none\n');
  expect(listFaults({}, at)).toEqual([expect.stringMatching(/^WORKERS:/)]);
  fileIn(at, '.env', 'ROLE=user\nWORKERZ=2\n');
  expect(loadWith({}, at).warnings).toEqual([expect.stringContaining('WORKERS is meant')]);
});

test('Configuration reports a misspelt name beside the fault it leads to', () => {
  const load = () => loadConfig({ NODE_ENV: 'production', SECRET_KEYS: A_SECRET }, runtimeFacts());
  expect(load).toThrow(/SECRET_KEY: .+\n +SECRET_KEYS is .+SECRET_KEY is meant/);
});
