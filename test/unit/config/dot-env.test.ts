import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileIn, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

/** The issuer that a `.env` file of this text sets. */
function readIssuer(text: string, env: Record<string, string> = {}): string {
  const at = runtimeFacts();
  fileIn(at, '.env', text);
  return loadWith(env, at).tokens.issuer;
}

test.each([
  ['a byte order mark', '\uFEFFJWT_ISSUER=door\n'],
  ['Windows line ends', '# settings\r\nJWT_ISSUER=door\r\nWORKERS=1\r\n'],
  ['line ends of old Macs', 'JWT_ISSUER=door\rWORKERS=1\r'],
  ['no line end', 'JWT_ISSUER=door'],
  ['export before a name', '  export JWT_ISSUER = door # the front one\n'],
  ['quotes', 'JWT_ISSUER="door" # quoted\n'],
  ['a quote within a word', "JWT_AUDIENCE=it's\nJWT_ISSUER=door\n"],
  ['a value of several lines before it', 'NOTE="one\nno setting\nthree"\nJWT_ISSUER=door\n'],
  ['an empty value and a space', 'DATABASE_URL= \nJWT_ISSUER=door\n'],
  ['an empty value and a comment', 'DATABASE_URL= # none\nJWT_ISSUER=door # front\n'],
  ['names that are not ours', 'npm_config.x=1\nEMPTY=\n\n   \nJWT_ISSUER=door\n'],
])('.env is read with %s', (_what, text) => {
  expect(readIssuer(text)).toBe('door');
});

test('a number sign within a word is no comment', () => {
  expect(readIssuer('JWT_ISSUER=door#1 # the first\n')).toBe('door#1');
  expect(readIssuer('JWT_ISSUER=#1\n')).toBe('#1');
  expect(readIssuer('JWT_ISSUER="# 1"\n')).toBe('# 1');
});

test('an empty variable in the environment does not hide the one of .env; one that is set does', () => {
  expect(readIssuer('JWT_ISSUER=door\n', { JWT_ISSUER: '' })).toBe('door');
  expect(readIssuer('JWT_ISSUER=door\n', { JWT_ISSUER: '  ' })).toBe('door');
  expect(readIssuer('JWT_ISSUER=door\n', { JWT_ISSUER: 'gate' })).toBe('gate');
});

test.each([
  ['a word', 'JWT_ISSUER=door\nnonsense\n', [2]],
  ['a colon instead of the sign', 'JWT_ISSUER: door\n', [1]],
  ['no name', '=door\nWORKERS=1\n =2', [1, 3]],
  ['a name with a space', 'JWT ISSUER=door\n', [1]],
  ['a quote that is not closed', 'WORKERS=1\nJWT_ISSUER="door\nLOG_LEVEL=info\n', [2]],
  ['text behind a quote', "JWT_ISSUER='door'way\n", [1]],
  ['a line behind a value of several', 'NOTE="one\ntwo"\n\nnonsense', [4]],
])('.env with %s is refused with the number of the line', (_what, text, lines) => {
  const at = runtimeFacts();
  fileIn(at, '.env', text);
  const faults = listFaults({}, at).filter((fault) => fault.startsWith('.env: line'));
  expect(faults).toEqual(lines.map((line) => expect.stringMatching(`^.env: line ${line} is neither .+; correct it$`)));
});

test('.env that is no UTF-8 text, or no file, is refused', () => {
  const at = runtimeFacts();
  writeFileSync(join(at.directory, '.env'), Buffer.from('\uFEFFJWT_ISSUER=door\n', 'utf16le'));
  expect(listFaults({}, at)).toEqual(['.env: is no UTF-8 text; save it as UTF-8']);
  const other = runtimeFacts({ directory: join(__dirname, 'runtime-facts.ts') });
  expect(listFaults({}, other)).toContainEqual(expect.stringMatching(/^\.env: cannot be read \(ENOTDIR\)/));
});
