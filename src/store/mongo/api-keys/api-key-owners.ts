import type { Model } from 'mongoose';
import type { OwnedApiKey, StoredApiKey } from '../../../auth/api-keys/stored-api-keys';
import type { ApiKeyDocument } from '../collections/api-keys';
import { fromDocument } from '../collections/documents';
import type { UserDocument } from '../collections/users';
import { CommandBatcher } from '../commands/command-batcher';
import { toStoredUser } from '../users/user-documents';

type Joined = ApiKeyDocument & { readonly owners: readonly UserDocument[] };

/** Finds keys with their owners, for many calls in one command. */
export function findOwnedEach(
  model: Model<ApiKeyDocument>,
  users: Model<UserDocument>,
): CommandBatcher<string, OwnedApiKey | undefined> {
  const from = users.collection.collectionName;
  const join = { $lookup: { from, localField: 'userId', foreignField: '_id', as: 'owners' } };
  return new CommandBatcher(async (ids, options) => {
    // By the driver: mongoose's aggregate drops the signal.
    const found = await model.collection
      .aggregate<Joined>([{ $match: { _id: { $in: [...ids] } } }, join], { ...options })
      .toArray();
    const byId = new Map(found.map((joined) => [joined._id, joined]));
    return ids.map((id) => ({ answer: toOwnedApiKey(byId.get(id)) }));
  });
}

function toOwnedApiKey(joined: Joined | undefined): OwnedApiKey | undefined {
  if (joined === undefined) return undefined;
  const { owners, ...key } = joined;
  const [owner] = owners;
  return { key: toStoredApiKey(key), owner: owner && toStoredUser(owner) };
}

/** The domain's form of a key. */
export function toStoredApiKey({ slot: _slot, removeAt: _removeAt, ...document }: ApiKeyDocument): StoredApiKey {
  return fromDocument<StoredApiKey>(document);
}
