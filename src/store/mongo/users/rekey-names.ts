import type { NameCollision } from '../../name-collision';
import type { Models } from '../collections/models';
import type { UserDocument } from '../collections/users';
import { within } from '../commands/operation';
import { duplicateKeyField } from '../commands/store-errors';
import { nameKeys } from './user-documents';

const VERSION_ID = 'name_keys';
/** Grows when `comparisonKey` or `emailKey` begins to give another key for some name. */
const VERSION = 2;
/** The whole of one walk through the users. */
const TIMEOUT_MS = 600_000;
/** Names of ASCII alone have had the same key in every version. */
const BEYOND_ASCII = { $regex: '[^\\x00-\\x7f]' };

type Named = Pick<UserDocument, '_id' | 'email' | 'username' | 'emailKey' | 'usernameKey'>;

/**
 * Brings the keys of names, once, to those in force. A name whose key another user has keeps its old key; these are
 * returned, and looked for again by the next call. Does nothing where it has been done; several processes may be at it
 * at once.
 *
 * @throws AuthError STORE_UNAVAILABLE
 */
export function rekeyNames({ users, schemaVersions }: Models): Promise<NameCollision[]> {
  return within(TIMEOUT_MS, async (options) => {
    const done = await schemaVersions.collection.findOne<{ version: number }>({ _id: VERSION_ID as never }, options);
    if (done !== null && done.version >= VERSION) return [];
    let waiting = await pass();
    // A key may be free only after its holder has moved: as long as something moves, another pass may move more.
    for (let before = waiting.length + 1; waiting.length > 0 && waiting.length < before; ) {
      before = waiting.length;
      waiting = await pass();
    }
    if (waiting.length === 0) {
      const update = { $max: { version: VERSION } };
      await schemaVersions.collection.updateOne({ _id: VERSION_ID as never }, update, { ...options, upsert: true });
    }
    return waiting;

    async function pass(): Promise<NameCollision[]> {
      const collisions: NameCollision[] = [];
      const filter = { $or: [{ email: BEYOND_ASCII }, { username: BEYOND_ASCII }] };
      const projection = { email: 1, username: 1, emailKey: 1, usernameKey: 1 };
      for await (const user of users.collection.find<Named>(filter, { ...options, projection })) {
        const keys = nameKeys(user._id, user);
        if (!(await moved(user, 'emailKey', keys.emailKey))) collisions.push({ userId: user._id, field: 'email' });
        if (!(await moved(user, 'usernameKey', keys.usernameKey)))
          collisions.push({ userId: user._id, field: 'username' });
      }
      return collisions;
    }

    async function moved(user: Named, field: 'emailKey' | 'usernameKey', to: string): Promise<boolean> {
      if (user[field] === to) return true;
      try {
        await users.collection.updateOne(
          { _id: user._id as never, [field]: user[field] },
          { $set: { [field]: to } },
          options,
        );
        return true;
      } catch (error) {
        if (duplicateKeyField(error) !== field) throw error;
        return false;
      }
    }
  });
}
