import { type Model, trusted } from 'mongoose';
import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import type { FoundUsers, SearchUsersQuery, StoredUser } from '../../../auth/accounts/users';
import { type NameIndexes, searchByName } from '../../search-by-name';
import type { UserDocument } from '../collections/users';
import type { OperationOptions } from '../commands/operation';
import { queryableText } from '../commands/shapes';
import { nameKeys, toStoredUser } from './user-documents';

/** Sorts behind every text that a prefix can be followed by. */
const LAST_CHARACTER = '\u{10FFFF}';

/** `Users.search`. */
export function searchUsers(
  model: Model<UserDocument>,
  query: SearchUsersQuery,
  options: OperationOptions,
): Promise<FoundUsers> {
  const readNames: NameIndexes['readNames'] = async (name, start, limit) => {
    const field = name === 'email' ? 'emailKey' : 'usernameKey';
    const prefix = queryableText(name === 'email' ? emailKey(query.prefix) : comparisonKey(query.prefix));
    const isInside = start !== undefined && Buffer.compare(start.key, Buffer.from(prefix)) >= 0;
    const from = isInside ? { [start.isIncluded ? '$gte' : '$gt']: start.key.toString() } : { $gte: prefix };
    const found = await model
      .find({ [field]: trusted({ ...from, $lt: prefix + LAST_CHARACTER }) }, { [field]: 1 }, options)
      .sort({ [field]: 1 })
      .limit(limit)
      .batchSize(limit + 1)
      .lean<Pick<UserDocument, '_id' | 'emailKey' | 'usernameKey'>[]>()
      .exec();
    return found.map((document) => ({ key: Buffer.from(document[field]), userId: document._id }));
  };
  const readUsers: NameIndexes['readUsers'] = async (ids) => {
    const found = await model
      .find({ _id: trusted({ $in: ids }) }, null, options)
      .batchSize(ids.length + 1)
      .lean()
      .exec();
    return new Map(found.map((document) => [document._id, toStoredUser(document)]));
  };
  return searchByName(query, { readNames, readUsers, buildKey });
}

function buildKey(user: StoredUser, name: 'email' | 'username'): Buffer {
  const keys = nameKeys(user.id, user);
  return Buffer.from(name === 'email' ? keys.emailKey : keys.usernameKey);
}
