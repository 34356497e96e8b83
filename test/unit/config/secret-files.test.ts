import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { A_SECRET, fileIn, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

const NO_KEY = { SECRET_KEY: undefined as never };

test.each([
  ['\n', A_SECRET, 0],
  ['\r\n', A_SECRET, 0],
  ['', A_SECRET, 0],
  [' ', `${A_SECRET} `, 1],
  ['\u00a0\n', `${A_SECRET}\u00a0`, 1],
])('a secret that ends with %j is the same one from the environment and from a file', (end, expected, warned) => {
  const at = runtimeFacts();
  const SECRET_KEY_FILE = fileIn(at, 'key', A_SECRET + end);
  for (const env of [{ ...NO_KEY, SECRET_KEY_FILE }, { SECRET_KEY: A_SECRET + end }]) {
    const { secrets, warnings } = loadWith(env, at);
    expect(secrets.current.export().toString()).toBe(expected);
    expect(warnings).toEqual(
      Array(warned).fill(expect.stringMatching(/^SECRET_KEY\w* begins or ends with white space/)),
    );
  }
});

test.each([
  ['SECRET_KEY', `${A_SECRET}\n\n`],
  ['SECRET_KEY', `${A_SECRET}\r`],
  ['SECRET_KEY', `${A_SECRET}\t`],
  ['SECRET_KEY', `\u001b${A_SECRET}`],
  ['SECRET_KEY', `${A_SECRET}\u0085`],
  ['SECRET_KEY', `${A_SECRET}\u0000`],
  ['SECRET_KEY_PREVIOUS', `two\n${A_SECRET}`],
  ['DATABASE_URL', 'mongodb://h/postern\n\n'],
  ['DATABASE_URL', 'file:./data\u0007'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=x\n\ny=z'],
])('refuses control characters in %s, from the environment and from a file alike: %j', (name, text) => {
  const at = runtimeFacts();
  const path = fileIn(at, 'text', text);
  const env = { SECRET_KEY: A_SECRET };
  expect(listFaults({ ...env, [name]: text }, at)).toEqual([
    expect.stringMatching(new RegExp(`^${name}: holds a line end or another control`)),
  ]);
  const fromFile = name === 'SECRET_KEY' ? {} : env;
  expect(listFaults({ ...fromFile, [`${name}_FILE`]: path }, at)).toEqual([
    expect.stringMatching(new RegExp(`^${name}_FILE: holds a line end or another control`)),
  ]);
});

test('Configuration refuses a secret that is no UTF-8, from the environment and from a file alike', () => {
  const at = runtimeFacts();
  const path = join(at.directory, 'random');
  writeFileSync(path, Buffer.from(Array.from({ length: 48 }, (_, i) => 0x80 + i)));
  expect(listFaults({ SECRET_KEY_FILE: path }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: the file holds bytes that are no UTF-8/),
  ]);
  expect(listFaults({ SECRET_KEY: `${A_SECRET}\uFFFD` }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY: holds bytes that are no UTF-8/),
  ]);
});

test('a byte order mark before a secret is no part of it', () => {
  const at = runtimeFacts();
  const path = fileIn(at, 'key', `\uFEFF${A_SECRET}\r\n`);
  const { secrets } = loadWith({ ...NO_KEY, SECRET_KEY_FILE: path }, at);
  expect(secrets.current.export().toString()).toBe(A_SECRET);
});

test('an empty secret in the environment does not hide the one of .env, in either form', () => {
  const at = runtimeFacts();
  fileIn(at, '.env', `SECRET_KEY=${A_SECRET}\n`);
  for (const env of [{ SECRET_KEY: '' }, { ...NO_KEY, SECRET_KEY_FILE: '' }]) {
    expect(loadWith(env, at).secrets.current.export().toString()).toBe(A_SECRET);
  }
});

test('Configuration reads every secret from a file', () => {
  const at = runtimeFacts();
  const { secrets, database } = loadWith(
    {
      SECRET_KEY_PREVIOUS_FILE: fileIn(at, 'previous', 'Jw8sLq3Xn5Vb7Mz1Kc9Rd2Tf4Yg6HpAu\n'),
      DATABASE_URL_FILE: fileIn(at, 'url', 'mongodb://u:p@h/db\n'),
    },
    at,
  );
  expect(secrets.previous).toBeDefined();
  expect(database).toEqual({ kind: 'mongodb', url: 'mongodb://u:p@h/db' });
});

test('Configuration refuses a secret that is given twice', () => {
  const at = runtimeFacts();
  const path = fileIn(at, 'key', A_SECRET);
  expect(listFaults({ SECRET_KEY: A_SECRET, SECRET_KEY_FILE: path }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY: is given twice/),
  ]);
});

test('what the environment says of a secret hides what .env says of it', () => {
  const at = runtimeFacts();
  const path = fileIn(at, 'key', A_SECRET);
  fileIn(at, '.env', 'SECRET_KEY=Jw8sLq3Xn5Vb7Mz1Kc9Rd2Tf4Yg6HpAu\n');
  const { secrets } = loadWith({ SECRET_KEY: undefined as never, SECRET_KEY_FILE: path }, at);
  expect(secrets.current.export().toString()).toBe(A_SECRET);
});

test('Configuration refuses a secret file that is not there, a directory, and an empty file', () => {
  const at = runtimeFacts();
  const env = { NODE_ENV: 'production', SECRET_KEY: undefined as never };
  expect(listFaults({ ...env, SECRET_KEY_FILE: '/nowhere/key' }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: .*ENOENT/),
  ]);
  expect(listFaults({ ...env, SECRET_KEY_FILE: at.directory }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: .*EISDIR/),
  ]);
  expect(listFaults({ ...env, SECRET_KEY_FILE: fileIn(at, 'empty', '\n') }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: names an empty file/),
  ]);
});
