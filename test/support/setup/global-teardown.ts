import type { MongoForTests } from '../mongo/mongo-for-tests';

/** Also runs when tests have failed. */
export default async function globalTeardown(): Promise<void> {
  await (globalThis as { mongoForTests?: MongoForTests }).mongoForTests?.stop();
}
