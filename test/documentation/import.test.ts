import { readFileSync } from 'node:fs';
import { IMPORT_BATCH } from '../../src/auth/import/import-users';
import { importUsersMethod } from '../../src/transport/methods/import-users';

test('docs/import.md says how many accounts one audit event of an import is about', () => {
  const text = readFileSync('docs/import.md', 'utf8').replace(/\s+/g, ' ');
  const { batch } = importUsersMethod({} as never);
  expect(text).toContain(`one \`user.imported\` for up to ${IMPORT_BATCH} accounts (${batch} by ImportUsers)`);
});
