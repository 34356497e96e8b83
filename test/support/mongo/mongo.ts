import { randomBytes } from 'node:crypto';

/** A database of its own on the MongoDB of this test run, a replica set. */
export function testDatabaseUrl(): string {
  const url = process.env.POSTERN_TEST_MONGODB;
  if (url === undefined)
    throw new Error('The run started no MongoDB, since no chosen test file imports this module by a literal path');
  return withDatabase(url, freshDatabase());
}

/** A name that no other test uses. */
export function freshDatabase(): string {
  return `postern-test-${randomBytes(6).toString('hex')}`;
}

function withDatabase(url: string, name: string): string {
  const parts = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(url);
  if (parts === null) throw new Error('MONGODB_URI is no MongoDB URL');
  return `${parts[1]}/${name}${parts[2] ?? ''}`;
}
