import { isDeepStrictEqual } from 'node:util';
import { type Model, mongo } from 'mongoose';
import { StoreRefusedError } from '../../store';
import { within } from '../commands/operation';
import type { Models } from './models';

const DUPLICATE_KEY = 11000;
const INDEX_OPTIONS_CONFLICT = 85;
const INDEX_KEY_SPECS_CONFLICT = 86;
const NAMESPACE_NOT_FOUND = 26;
const LIST_TIMEOUT_MS = 10_000;

type Fields = Record<string, number>;
type Options = Pick<mongo.IndexDescription, 'unique' | 'expireAfterSeconds' | 'partialFilterExpression'>;
type Existing = mongo.IndexDescriptionInfo & { readonly sparse?: boolean };

/**
 * How many seconds an index that lets documents go by themselves keeps them, by `collection`, where a setting decides
 * it.
 */
export type Retention = Readonly<Record<string, number>>;

/**
 * Builds what is missing and waits until it is there. Asks for nothing that is there already, so a user who may only
 * list indexes is enough
 * then. An index of the same meaning counts under whatever name, and one that keeps documents for another time is
 * left as it is.
 *
 * @throws StoreRefusedError when the data or another index does not allow it
 */
export async function buildIndexes(models: Models, retention: Retention): Promise<void> {
  for (const model of Object.values(models) as Model<unknown>[]) {
    const existing = await listIndexes(model);
    for (const { fields, options } of requiredIndexes(model, retention)) {
      if (!existing.some((index) => isSame(index, fields, options))) await build(model, fields, options);
    }
  }
}

/** What `buildIndexes` would build, as `collection (fields)`. */
export async function findMissingIndexes(models: Models): Promise<string[]> {
  const missing: string[] = [];
  for (const model of Object.values(models) as Model<unknown>[]) {
    const existing = await listIndexes(model);
    for (const { fields, options } of requiredIndexes(model, {})) {
      if (existing.some((index) => isSame(index, fields, options))) continue;
      missing.push(`${model.collection.collectionName} (${Object.keys(fields).join(', ')})`);
    }
  }
  return missing;
}

/**
 * Makes the indexes by which documents go keep them as long as `retention` says. Only for a service: a tool may run
 * with other settings, and
 * what has gone does not come back.
 */
export async function applyRetention(models: Models, retention: Retention): Promise<void> {
  for (const model of Object.values(models) as Model<unknown>[]) {
    const { collectionName: collection } = model.collection;
    if (retention[collection] === undefined) continue;
    const existing = await listIndexes(model);
    for (const { fields, options } of requiredIndexes(model, retention)) {
      const { expireAfterSeconds } = options;
      const index = existing.find((each) => isSame(each, fields, options));
      if (index === undefined || index.expireAfterSeconds === expireAfterSeconds) continue;
      await within(LIST_TIMEOUT_MS, async (limits) => {
        await model.db.db?.command({ collMod: collection, index: { name: index.name, expireAfterSeconds } }, limits);
      });
    }
  }
}

/** Whether a collection exists, empty or not. */
export async function hasIndexes(model: Pick<Model<unknown>, 'collection'>): Promise<boolean> {
  return (await listIndexes(model)).length > 0;
}

function requiredIndexes(model: Model<unknown>, retention: Retention): { fields: Fields; options: Options }[] {
  const seconds = retention[model.collection.collectionName];
  return model.schema.indexes().map(([fields, { unique, expireAfterSeconds, partialFilterExpression }]) => ({
    fields: fields as Fields,
    options: {
      ...(unique === true ? { unique } : {}),
      ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
      ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds: seconds ?? Number(expireAfterSeconds) }),
    },
  }));
}

async function listIndexes({ collection }: Pick<Model<unknown>, 'collection'>): Promise<Existing[]> {
  return within(LIST_TIMEOUT_MS, async (options) => {
    try {
      return (await collection.listIndexes(options).toArray()) as Existing[];
    } catch (error) {
      if (error instanceof mongo.MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
      throw error;
    }
  });
}

/** Whether both mean the same, but for how long documents are kept where they go at all. */
function isSame(index: Existing, fields: Fields, options: Options): boolean {
  return (
    isDeepStrictEqual(Object.entries(index.key), Object.entries(fields)) &&
    (index.expireAfterSeconds === undefined) === (options.expireAfterSeconds === undefined) &&
    (index.unique ?? false) === (options.unique ?? false) &&
    isDeepStrictEqual({ ...index.partialFilterExpression }, { ...options.partialFilterExpression }) &&
    index.sparse !== true &&
    index.collation === undefined &&
    index.hidden !== true
  );
}

async function build({ collection }: Model<unknown>, fields: Fields, options: Options): Promise<void> {
  try {
    await collection.createIndex(fields, options);
  } catch (error) {
    throw (await explain(error)) ?? error;
  }

  async function explain(error: unknown): Promise<StoreRefusedError | undefined> {
    if (!(error instanceof mongo.MongoServerError)) return undefined;
    const name = collection.collectionName;
    if (error.code === DUPLICATE_KEY) {
      const same = Object.keys(error.keyPattern ?? {}).join(', ');
      return new StoreRefusedError(
        `The collection ${name} holds documents with the same ${same}: remove the duplicates, then start again`,
      );
    }
    if (error.code !== INDEX_OPTIONS_CONFLICT && error.code !== INDEX_KEY_SPECS_CONFLICT) return undefined;
    const existing = await collection.listIndexes().toArray();
    const requiredName = Object.entries(fields).flat().join('_');
    const others = existing.filter(
      (each) => each.name === requiredName || isDeepStrictEqual(Object.entries(each.key), Object.entries(fields)),
    );
    const names = others.map((each) => each.name).join(', ');
    return new StoreRefusedError(
      `The collection ${name} has the index ${names}, in the way of the one on ${Object.keys(fields).join(', ')}${options.unique === true ? ' (unique)' : ''}: drop it, then start again`,
    );
  }
}
