import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@jest/types';
import { type MongoForTests, startMongoForTests } from '../mongo/mongo-for-tests';
import { wantsMongo } from './wants-mongo';

const TESTS = join(__dirname, '..', '..');

/** Gives the run its MongoDB, if one of its test files uses it. Workers find it in POSTERN_TEST_MONGODB. */
export default async function globalSetup(config: Config.GlobalConfig): Promise<void> {
  if (!chosenFiles(config).some(wantsMongo)) return;
  const mongo = await startMongoForTests();
  process.env.POSTERN_TEST_MONGODB = mongo.url;
  (globalThis as { mongoForTests?: MongoForTests }).mongoForTests = mongo;
  process.stdout.write(`MongoDB for the tests: ${mongo.description}\n`);
}

function chosenFiles(config: Config.GlobalConfig): string[] {
  const isChosen = config.testPathPatterns.toExecutor({ rootDir: config.rootDir });
  return readdirSync(TESTS, { recursive: true })
    .map((name) => join(TESTS, String(name)))
    .filter((path) => path.endsWith('.test.ts') && isChosen.isMatch(path));
}
