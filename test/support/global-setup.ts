import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@jest/types';
import { type MongoForTests, startMongoForTests } from './mongo-for-tests';

const TESTS = join(__dirname, '..');

/** Gives the run its MongoDB, if one of its test files wants one. Workers find it in POSTERN_TEST_MONGODB. */
export default async function globalSetup(config: Config.GlobalConfig): Promise<void> {
  if (!wantsMongo(config)) return;
  const mongo = await startMongoForTests();
  process.env.POSTERN_TEST_MONGODB = mongo.url;
  (globalThis as { mongoForTests?: MongoForTests }).mongoForTests = mongo;
  process.stdout.write(`MongoDB for the tests: ${mongo.description}\n`);
}

function wantsMongo(config: Config.GlobalConfig): boolean {
  const isChosen = config.testPathPatterns.toExecutor({ rootDir: config.rootDir });
  return readdirSync(TESTS, { recursive: true })
    .map((name) => join(TESTS, String(name)))
    .filter((path) => path.endsWith('.test.ts') && isChosen.isMatch(path))
    .some((path) => readFileSync(path, 'utf8').includes('/mongo'));
}
