import { type Model, mongo } from 'mongoose';
import { type Answered, CommandBatcher } from './command-batcher';

const DONE = { answer: undefined } as const;

/** Inserts documents. By the driver, as `insertInto`. */
export function insertEach<T extends { readonly _id: string }>(model: Model<T>): CommandBatcher<T, void> {
  return new CommandBatcher((documents, options) =>
    collectWriteResults(
      documents.length,
      model.collection.insertMany(documents as never[], { ...options, ordered: false }),
    ),
  );
}

/** The result of each of `count` unordered writes of one command. @throws what failed for all of them */
export async function collectWriteResults(count: number, bulk: Promise<unknown>): Promise<Answered<void>[]> {
  const each = Array.from({ length: count }, (): Answered<void> => DONE);
  try {
    await bulk;
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    const failed = [error.writeErrors].flat();
    // No write was refused: nothing is known of any (the connection broke), or no majority has them.
    if (failed.length === 0) throw error;
    for (const { index, code, errmsg = '' } of failed) {
      each[index] = { fault: new mongo.MongoServerError({ code, errmsg }) };
    }
  }
  return each;
}
