import { type Model, trusted } from 'mongoose';
import { Gathering } from './gathering';

/** Finds documents by a field whose values are unique. */
export function findEach<T, Found>(
  model: Model<T>,
  field: keyof T & string,
  present: (document: T) => Found,
): Gathering<string, Found | undefined> {
  return new Gathering(async (values, options) => {
    const filter = { [field]: trusted({ $in: values }) };
    const found = (await model
      .find(filter as never, null, options)
      .lean()
      .exec()) as T[];
    const documents = new Map(found.map((document) => [document[field] as string, document]));
    return values.map((value) => {
      const document = documents.get(value);
      return { answer: document === undefined ? undefined : present(document) };
    });
  });
}
