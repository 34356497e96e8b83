import { mongo } from 'mongoose';
import { StoreRefusedError } from '../store';
import type { Models } from './models';

const DUPLICATE_KEY = 11000;
const INDEX_OPTIONS_CONFLICT = 85;
const INDEX_KEY_SPECS_CONFLICT = 86;

/**
 * Builds what is missing; waits until it is there.
 *
 * @throws StoreRefusedError when the data in the database does not allow it
 */
export async function buildIndexes(models: Models): Promise<void> {
  for (const model of Object.values(models)) {
    await model.createIndexes().catch((error: unknown) => {
      throw refusalOf(error, model.collection.collectionName) ?? error;
    });
  }
}

function refusalOf(error: unknown, collection: string): StoreRefusedError | undefined {
  if (!(error instanceof mongo.MongoServerError)) return undefined;
  if (error.code === DUPLICATE_KEY) {
    const fields = Object.keys(error.keyPattern ?? {}).join(', ');
    return new StoreRefusedError(
      `The collection ${collection} holds documents with the same ${fields}: remove the duplicates, then start again`,
    );
  }
  if (error.code === INDEX_OPTIONS_CONFLICT || error.code === INDEX_KEY_SPECS_CONFLICT) {
    return new StoreRefusedError(
      `The collection ${collection} has another index on the same fields: drop that index, then start again`,
    );
  }
  return undefined;
}
