import { type Model, trusted } from 'mongoose';
import {
  ACCOUNT_TOKEN_PURPOSES,
  ENDED_TOKEN_RETENTION_MS,
  type StoredAccountToken,
  type StoredAccountTokens,
} from '../../auth/account-tokens/stored-account-tokens';
import type { Call } from '../../auth/call';
import type { AccountTokenDocument } from './collections/account-tokens';
import { duringCall } from './commands/operation';
import { queryableId, queryableText } from './commands/shapes';
import { duplicateKeyField } from './commands/store-errors';

type Issue = Awaited<ReturnType<StoredAccountTokens['issue']>>;

/** One document per user and purpose, whose `_id` says both: a conditional write of it decides everything. */
export class MongoAccountTokens implements StoredAccountTokens {
  constructor(private readonly model: Model<AccountTokenDocument>) {}

  async issue(token: StoredAccountToken, call: Call): Promise<Issue> {
    const { id, userId, purpose, epoch, ...rest } = token;
    const filter = {
      _id: documentId(userId, purpose),
      $or: trusted([
        { issue: trusted({ $lt: queryableId(id) }) },
        { issue: queryableId(id), epoch, tokenHash: trusted({ $exists: true }) },
      ]),
    };
    const removeAt = new Date(token.expiresAt.getTime() + ENDED_TOKEN_RETENTION_MS);
    const change = { $set: { ...rest, issue: id, userId, purpose, epoch, removeAt } };
    const write = (): Promise<Issue> =>
      duringCall(call, (options) =>
        this.model
          .findOneAndUpdate(filter as object, change, {
            ...options,
            upsert: true,
            returnDocument: 'before',
            projection: { issue: 1 },
          })
          .lean()
          .exec(),
      ).then(
        (before) => (before?.issue === id ? 'renewed' : 'issued'),
        (error: unknown) => {
          // The server tried to insert: there was no document, or the condition does not hold for the one there is.
          if (duplicateKeyField(error) === '_id') return 'superseded';
          throw error;
        },
      );
    const written = await write();
    // Only the second answer is about the condition: at the first a parallel call may have made the document.
    return written === 'superseded' ? write() : written;
  }

  async find(tokenHash: string, call: Call): Promise<StoredAccountToken | undefined> {
    const found = await duringCall(call, (options) =>
      this.model
        .findOne({ tokenHash: queryableText(tokenHash) }, null, options)
        .lean()
        .exec(),
    );
    return found === null ? undefined : toStoredAccountToken(found);
  }

  async consume(tokenHash: string, at: Date, call: Call): Promise<StoredAccountToken | undefined> {
    const filter = { tokenHash: queryableText(tokenHash), expiresAt: trusted({ $gt: at }) };
    const consumed = await duringCall(call, (options) =>
      this.model
        .findOneAndUpdate(filter, { $unset: { tokenHash: 1 } }, { ...options, returnDocument: 'before' })
        .lean()
        .exec(),
    );
    return consumed === null ? undefined : toStoredAccountToken(consumed);
  }

  async voidAll(userId: string, asOf: string, at: Date, call: Call): Promise<void> {
    // A pipeline, because only there the greater of two ids can be chosen where one may be missing.
    const removeAt = new Date(at.getTime() + ENDED_TOKEN_RETENTION_MS);
    const update = [
      { $set: { issue: { $max: ['$issue', queryableId(asOf)] }, removeAt: { $max: ['$removeAt', removeAt] } } },
      { $unset: 'tokenHash' },
    ];
    const writes = documentIds(userId).map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } }));
    await duringCall(call, (options) =>
      this.model.collection.bulkWrite(writes as never[], { ...options, ordered: false }),
    );
  }

  async deleteAll(userId: string, call: Call): Promise<void> {
    const filter = { _id: trusted({ $in: documentIds(userId) }) };
    await duringCall(call, (options) => this.model.deleteMany(filter as object, options).exec());
  }
}

function documentIds(userId: string): string[] {
  return ACCOUNT_TOKEN_PURPOSES.map((purpose) => documentId(userId, purpose));
}

function documentId(userId: string, purpose: string): string {
  return `${queryableId(userId)} ${purpose}`;
}

function toStoredAccountToken(document: AccountTokenDocument): StoredAccountToken {
  const { issue: id, purpose, userId, address, epoch, tokenHash = '', expiresAt } = document;
  return { id, purpose, userId, address, epoch, tokenHash, expiresAt };
}
