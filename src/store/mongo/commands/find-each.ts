import { type Model, trusted } from 'mongoose';
import { CommandBatcher } from './command-batcher';

/** Finds documents by a field whose values are unique. */
export function findEach<T, Found>(
  model: Model<T>,
  field: keyof T & string,
  convert: (document: T) => Found,
): CommandBatcher<string, Found | undefined> {
  return new CommandBatcher(async (values, options) => {
    const filter = { [field]: trusted({ $in: values }) };
    const found = (await model
      .find(filter as never, null, options)
      .lean()
      .exec()) as T[];
    const documents = new Map(found.map((document) => [document[field] as string, document]));
    return values.map((value) => {
      const document = documents.get(value);
      return { answer: document === undefined ? undefined : convert(document) };
    });
  });
}
