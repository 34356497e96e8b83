import { type Model, trusted } from 'mongoose';
import { comparisonKey, emailKey } from '../../../auth/accounts/names';
import type { FoundUsers, SearchUsersQuery, User } from '../../../auth/accounts/users';
import { type NameIndexes, type Start, searchByName } from '../../search-by-name';
import type { UserDocument } from '../collections/users';
import type { OperationOptions } from '../commands/operation';
import { queryableText } from '../commands/shapes';
import { LISTED_FIELDS, toPublicUser } from './user-documents';

type NameKey = 'emailKey' | 'usernameKey';

/** Sorts behind every text that a prefix can be followed by. */
const LAST_CHARACTER = '\u{10FFFF}';

/** `Users.search`. */
export function searchUsers(
  model: Model<UserDocument>,
  query: SearchUsersQuery,
  options: OperationOptions,
): Promise<FoundUsers> {
  const find = <Field extends keyof UserDocument>(
    key: NameKey,
    start: Start | undefined,
    limit: number,
    fields: Readonly<Record<Field, 1>>,
  ) => {
    const prefix = queryableText(key === 'emailKey' ? emailKey(query.prefix) : comparisonKey(query.prefix));
    const isInside = start !== undefined && Buffer.compare(start.key, Buffer.from(prefix)) >= 0;
    const from = isInside ? { [start.isIncluded ? '$gte' : '$gt']: start.key.toString() } : { $gte: prefix };
    return model
      .find({ [key]: trusted({ ...from, $lt: prefix + LAST_CHARACTER }) }, fields, options)
      .sort({ [key]: 1 })
      .limit(limit)
      .batchSize(limit + 1)
      .lean<Pick<UserDocument, Field>[]>()
      .exec();
  };
  const readNames: NameIndexes['readNames'] = async (name, start, limit) => {
    if (name === 'username') {
      const found = await find('usernameKey', start, limit, { _id: 1, usernameKey: 1 });
      return found.map(({ _id, usernameKey: key }) => ({ key: Buffer.from(key), userId: _id }));
    }
    // With the users, most of whom stand in the other index as well: one question less.
    const found = await find('emailKey', start, limit, { ...LISTED_FIELDS, emailKey: 1 });
    return found.map(({ emailKey: key, ...listed }) => {
      const user = toPublicUser(listed);
      return { key: Buffer.from(key), userId: user.id, user };
    });
  };
  const readUsers: NameIndexes['readUsers'] = async (ids) => {
    const found = await model
      .find({ _id: trusted({ $in: ids }) }, LISTED_FIELDS, options)
      .batchSize(ids.length + 1)
      .lean<Pick<UserDocument, keyof typeof LISTED_FIELDS>[]>()
      .exec();
    return new Map(found.map((document) => [document._id, toPublicUser(document)]));
  };
  return searchByName(query, { readNames, readUsers, buildKey });
}

function buildKey(user: User, name: 'email' | 'username'): Buffer {
  return Buffer.from(name === 'email' ? emailKey(user.email) : comparisonKey(user.username));
}
