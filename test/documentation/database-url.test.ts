import { readFileSync } from 'node:fs';
import { TAKEN_OPTIONS } from '../../src/store/mongo/connection/url-options';

const PAGE = readFileSync('docs/configuration.md', 'utf8');

test('docs/configuration.md lists the options of DATABASE_URL that are taken, and no other', () => {
  const [, list = ''] = /who signs in are taken: ([^.]*)\./.exec(PAGE) ?? [];
  expect(list.match(/\w+/g)).toEqual([...TAKEN_OPTIONS]);
});
