import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status as Code } from '@grpc/grpc-js';
import { REASONS } from '../../../src/auth/errors';
import { IMPORT_REFUSALS } from '../../../src/auth/import/imported-row';
import { ALL_SETTINGS } from '../../../src/config/settings';
import { STATUSES } from '../../../src/transport/errors/status';

const ROOT = join(__dirname, '..', '..', '..');
const DOC = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
const PROTOS = readdirSync(join(ROOT, 'proto', 'postern', 'auth', 'v1')).map((file) =>
  readFileSync(join(ROOT, 'proto', 'postern', 'auth', 'v1', file), 'utf8'),
);

const COMMENTS = PROTOS.flatMap((text) => text.split('\n').filter((line) => line.trim().startsWith('//'))).join(' ');

/** What the comments of the proto files name in capitals that is neither a status nor a setting. */
function namedReasons(): Set<string> {
  const settings = new Set(ALL_SETTINGS.map(({ name }) => name));
  const words = COMMENTS.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
  return new Set(words.filter((word) => !(word in Code) && !settings.has(word)));
}

test('docs/errors.md lists the reasons, statuses and messages of the code, in its order', () => {
  const rows = [...DOC.matchAll(/^\| ([A-Z_]+) \| ([A-Z_]+) \| ([^|]+) \| [^|]+ \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(REASONS.map((reason) => [reason, Code[STATUSES[reason].code], STATUSES[reason].message]));
});

test('every reason that a proto comment names exists', () => {
  const known: readonly string[] = [...REASONS, ...IMPORT_REFUSALS];
  expect([...namedReasons()].filter((word) => !known.includes(word))).toEqual([]);
});

test('docs/errors.md lists every reason of a row that an import refuses', () => {
  const rows = [...DOC.matchAll(/^\| ([A-Z_]+) \| [a-z_]+ \| [^|]+ \|$/gm)].map(([, reason]) => reason);
  expect(rows).toEqual(IMPORT_REFUSALS);
});

test('every reason that an RPC can give is named in a proto comment', () => {
  const named = new Set(COMMENTS.match(/\b[A-Z_]+\b/g));
  expect(REASONS.filter((reason) => !named.has(reason))).toEqual([]);
});
