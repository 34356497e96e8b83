import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, loadSettings } from '../../../src/config/config';
import { generateSecret } from '../../../src/config/generated-secret';
import { A_SECRET, fileIn, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

const ANOTHER = 'Jw8sLq3Xn5Vb7Mz1Kc9Rd2Tf4Yg6HpAu';

test('Configuration takes the UTF-8 bytes of the secret as they are', () => {
  const text = `  ${A_SECRET} é \u00a0`;
  expect(loadWith({ SECRET_KEY: text }).secrets.current.export()).toEqual(Buffer.from(text, 'utf8'));
});

test('Configuration keeps the previous secret apart, and drops it when it is the same one', () => {
  const { current, previous } = loadWith({ SECRET_KEY_PREVIOUS: ANOTHER }).secrets;
  expect(current.export().toString()).toBe(A_SECRET);
  expect(previous?.export().toString()).toBe(ANOTHER);
  expect(loadWith({ SECRET_KEY_PREVIOUS: A_SECRET }).secrets.previous).toBeUndefined();
});

test.each([
  ['in production', { NODE_ENV: 'production' }],
  ['with MongoDB', { DATABASE_URL: 'mongodb://localhost/postern' }],
])('Configuration without a secret %s is refused, and none is generated [A12]', (_where, env) => {
  const at = runtimeFacts();
  expect(listFaults(env, at)).toEqual([expect.stringMatching(/^SECRET_KEY: is not set; .*openssl rand/)]);
  expect(readdirSync(at.directory)).toEqual([]);
});

test.each([
  ['31 characters', A_SECRET.slice(1)],
  ['one character', 'x'.repeat(64)],
  ['one word over and over', 'password'.repeat(4)],
  ['a word, the last time in part', 'letmein1'.repeat(6).slice(0, 33)],
  ['few characters', 'aaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbcccccccccccd'],
  ['the text of .env.example', 'change-me: openssl rand -base64 48'],
  ['a key of a well-known tutorial', '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7'],
])('Configuration refuses a secret of %s, as SECRET_KEY and as SECRET_KEY_PREVIOUS [C1]', (_what, text) => {
  expect(listFaults({ SECRET_KEY: text })).toEqual([expect.stringMatching(/^SECRET_KEY: (has fewer|is well known)/)]);
  expect(listFaults({ SECRET_KEY: A_SECRET, SECRET_KEY_PREVIOUS: text })).toEqual([
    expect.stringMatching(/^SECRET_KEY_PREVIOUS: (has fewer|is well known)/),
  ]);
});

test('Configuration counts the characters of a secret, not its bytes', () => {
  expect(listFaults({ SECRET_KEY: 'äöüßéèêëàâ'.repeat(3) })).toHaveLength(1);
  expect(listFaults({ SECRET_KEY: `${'äöüßéèêëàâ'.repeat(3)}çñ` })).toEqual([]);
});

test('Configuration makes a secret once, for the owner only, and says so', () => {
  const at = runtimeFacts();
  const first = loadConfig({}, at);
  const path = join(at.directory, 'data', 'secret-key');
  expect(first.warnings).toEqual([expect.stringContaining(path)]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(at.directory, 'data')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(at.directory, 'data'))).toEqual(['secret-key']);

  const second = loadConfig({}, at);
  expect(second.secrets.current.equals(first.secrets.current)).toBe(true);
  expect(second.warnings).toEqual([]);
  expect(first.secrets.current.export().toString()).toBe(readFileSync(path, 'utf8').trim());
  expect(first.secrets.current.symmetricKeySize).toBeGreaterThanOrEqual(32);
});

test('two working directories get different secrets', () => {
  expect(loadConfig({}, runtimeFacts()).secrets.current.equals(loadConfig({}, runtimeFacts()).secrets.current)).toBe(
    false,
  );
});

test('An unwritable directory for the secret is one fault that says what to do', () => {
  const at = runtimeFacts();
  fileIn(at, 'data', 'a file where the directory should be');
  expect(listFaults({}, at)).toEqual([
    expect.stringMatching(/^DATABASE_URL: .*\((ENOTDIR|EEXIST)\); make the directory writable/),
  ]);
});

test('a damaged secret is refused, not replaced', () => {
  const at = runtimeFacts();
  loadConfig({}, at);
  fileIn(at, 'data/secret-key', 'short\n');
  expect(listFaults({}, at)).toEqual([expect.stringContaining('is damaged')]);
  expect(readFileSync(join(at.directory, 'data/secret-key'), 'utf8')).toBe('short\n');
});

test('Configuration warns when others may read the secret', () => {
  const at = runtimeFacts();
  loadConfig({}, at);
  chmodSync(join(at.directory, 'data/secret-key'), 0o644);
  expect(loadConfig({}, at).warnings).toEqual([expect.stringContaining('chmod 600')]);
});

test('commands without keys need no secret and make none', () => {
  const at = runtimeFacts();
  expect(loadSettings({ NODE_ENV: 'production', DATABASE_URL: 'mongodb://h/db' }, at).database.kind).toBe('mongodb');
  expect(loadSettings({}, at).database.kind).toBe('embedded');
  expect(existsSync(join(at.directory, 'data'))).toBe(false);
});

test('Configuration makes no secret while anything else is wrong', () => {
  const at = runtimeFacts();
  expect(listFaults({ WORKERS: 'x' }, at)).toHaveLength(1);
  expect(existsSync(join(at.directory, 'data'))).toBe(false);
});

test('a generated secret is used again by name', () => {
  const at = runtimeFacts();
  const secret = generateSecret(at.directory, []);
  expect(generateSecret(at.directory, [])).toBe(secret);
});
