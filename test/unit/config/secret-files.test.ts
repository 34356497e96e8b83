import { A_SECRET, faultsOf, fileIn, place, removePlaces, settingsOf } from './place';

afterAll(removePlaces);

test.each([
  ['\n', A_SECRET],
  ['\r\n', A_SECRET],
  ['', A_SECRET],
  ['\n\n', `${A_SECRET}\n`],
  [' ', `${A_SECRET} `],
])('reads a secret from a file that ends with %j', (end, expected) => {
  const at = place();
  const path = fileIn(at, 'key', A_SECRET + end);
  const { secrets } = settingsOf({ SECRET_KEY: undefined as never, SECRET_KEY_FILE: path }, at);
  expect(secrets.current.export().toString()).toBe(expected);
});

test('reads every secret from a file', () => {
  const at = place();
  const { secrets, database } = settingsOf(
    {
      SECRET_KEY_PREVIOUS_FILE: fileIn(at, 'previous', 'Jw8sLq3Xn5Vb7Mz1Kc9Rd2Tf4Yg6HpAu\n'),
      DATABASE_URL_FILE: fileIn(at, 'url', 'mongodb://u:p@h/db\n'),
    },
    at,
  );
  expect(secrets.previous).toBeDefined();
  expect(database).toEqual({ kind: 'mongodb', url: 'mongodb://u:p@h/db' });
});

test('refuses a secret that is given twice', () => {
  const at = place();
  const path = fileIn(at, 'key', A_SECRET);
  expect(faultsOf({ SECRET_KEY: A_SECRET, SECRET_KEY_FILE: path }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY: is given twice/),
  ]);
});

test('what the environment says of a secret hides what .env says of it', () => {
  const at = place();
  const path = fileIn(at, 'key', A_SECRET);
  fileIn(at, '.env', 'SECRET_KEY=Jw8sLq3Xn5Vb7Mz1Kc9Rd2Tf4Yg6HpAu\n');
  const { secrets } = settingsOf({ SECRET_KEY: undefined as never, SECRET_KEY_FILE: path }, at);
  expect(secrets.current.export().toString()).toBe(A_SECRET);
});

test('refuses a file that is not there, a directory, and an empty file', () => {
  const at = place();
  const env = { NODE_ENV: 'production', SECRET_KEY: undefined as never };
  expect(faultsOf({ ...env, SECRET_KEY_FILE: '/nowhere/key' }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: .*ENOENT/),
  ]);
  expect(faultsOf({ ...env, SECRET_KEY_FILE: at.directory }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: .*EISDIR/),
  ]);
  expect(faultsOf({ ...env, SECRET_KEY_FILE: fileIn(at, 'empty', '\n') }, at)).toEqual([
    expect.stringMatching(/^SECRET_KEY_FILE: names an empty file/),
  ]);
});
