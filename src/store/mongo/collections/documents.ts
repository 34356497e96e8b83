import type { Model } from 'mongoose';
import type { OperationOptions } from '../commands/operation';

/** A domain type as it lies in the store: its `id` is the `_id`. */
export type Document<T extends { readonly id: string }> = Omit<T, 'id'> & { readonly _id: string };

/** The domain's form of a document. */
export function fromDocument<T extends { readonly id: string }>(document: { readonly _id: string }): T {
  const { _id, ...rest } = document;
  return { id: _id, ...rest } as unknown as T;
}

/** The store's form of a domain object. */
export function toDocument<T extends { readonly id: string }>(object: T): Document<T> {
  const { id, ...rest } = object;
  return { _id: id, ...rest };
}

/** Inserts by the driver: mongoose's own ways of inserting one document drop the time limit and the signal. */
export async function insertInto<T extends { readonly _id: string }>(
  model: Model<T>,
  document: T,
  options: OperationOptions,
): Promise<void> {
  await model.collection.insertOne({ ...document } as never, options);
}
