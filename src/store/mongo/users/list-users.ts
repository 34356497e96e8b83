import { type Model, trusted } from 'mongoose';
import type { ListUsersQuery } from '../../../auth/accounts/users';
import type { UserDocument } from '../collections/users';
import type { OperationOptions } from '../commands/operation';
import { queryableId, queryableText } from '../commands/shapes';

/** The documents of `Users.list`, with the named fields; null: with all. */
export async function listUsers<Field extends keyof UserDocument = keyof UserDocument>(
  model: Model<UserDocument>,
  { label, after, limit }: ListUsersQuery,
  fields: Readonly<Record<Field, 1>> | null,
  options: OperationOptions,
): Promise<Pick<UserDocument, Field>[]> {
  if (limit <= 0) return [];
  const filter = {
    ...(label === undefined ? {} : 'role' in label ? { roles: queryableText(label.role) } : { kind: label.kind }),
    ...(after === undefined ? {} : { _id: trusted({ $gt: queryableId(after) }) }),
  };
  return model
    .find(filter, fields, options)
    .sort({ _id: 1 })
    .limit(limit)
    .batchSize(limit + 1)
    .lean<Pick<UserDocument, Field>[]>()
    .exec();
}
