import { type Model, mongo, trusted } from 'mongoose';
import type { ImportAnswer, StoredUser } from '../../../auth/accounts/users';
import { AuthError } from '../../../auth/errors';
import type { UserDocument } from '../collections/users';
import { collectWriteResults } from '../commands/each-write';
import type { OperationOptions } from '../commands/operation';

/** After every kind: they are in ASCII. */
const LAST_KIND = '\u{10FFFF}';

/** Inserts users and says of each what became of it, as `Users.import`. */
export async function importInto(
  model: Model<UserDocument>,
  documents: readonly UserDocument[],
  toUser: (document: UserDocument) => StoredUser,
  options: OperationOptions,
): Promise<ImportAnswer[]> {
  if (documents.length === 0) return [];
  const inserted = model.collection.insertMany(documents as never[], { ...options, ordered: false });
  const results = await collectWriteResults(documents.length, inserted);
  const failed = documents.filter((_, i) => 'fault' in (results[i] ?? {}));
  const holders = await findHolders(model, failed, toUser, options);
  return documents.map((document, i) => {
    const result = results[i];
    if (result !== undefined && !('fault' in result)) return 'imported';
    const answer = holders(document);
    if (!isDuplicate(result?.fault)) throw result?.fault;
    // The account in its way has been deleted since: that row is to come again.
    if (answer === 'imported') throw new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1, cause: result?.fault });
    return answer;
  });
}

/** What an import would answer now for each of these users. */
export async function findHolders(
  model: Model<UserDocument>,
  documents: readonly UserDocument[],
  toUser: (document: UserDocument) => StoredUser,
  options: OperationOptions,
): Promise<(document: UserDocument) => ImportAnswer> {
  if (documents.length === 0) return () => 'imported';
  const anyOf = (field: 'emailKey' | 'usernameKey' | 'externalId') => ({
    [field]: trusted({ $in: documents.flatMap((document) => document[field] ?? []) }),
  });
  const found = (await model
    .find({ $or: trusted([anyOf('externalId'), anyOf('emailKey'), anyOf('usernameKey')]) }, null, options)
    .lean()
    .exec()) as UserDocument[];
  const imported = new Map(found.map((document) => [document.externalId, document]));
  const [emails, usernames] = [
    new Set(found.map(({ emailKey }) => emailKey)),
    new Set(found.map(({ usernameKey }) => usernameKey)),
  ];
  return ({ externalId, emailKey, usernameKey }) => {
    const before = externalId === undefined ? undefined : imported.get(externalId);
    if (before !== undefined) return toUser(before);
    if (emails.has(emailKey)) return 'EMAIL_TAKEN';
    return usernames.has(usernameKey) ? 'USERNAME_TAKEN' : 'imported';
  };
}

/** See `Users.listDearestImported`: one step down the index a kind. */
export async function listDearest(
  model: Model<UserDocument>,
  options: OperationOptions,
): Promise<Pick<UserDocument, 'passwordHash' | 'importedHashCost'>[]> {
  const found: UserDocument[] = [];
  let below = LAST_KIND;
  for (;;) {
    // The lower bound is what the partial index asks for.
    const inRange = { importedHashCost: trusted({ $gt: '', $lt: below }) };
    const fields = { passwordHash: 1, importedHashCost: 1 };
    const [next] = (await model
      .find(inRange, fields, options)
      .sort({ importedHashCost: -1 })
      .limit(1)
      .lean()
      .exec()) as UserDocument[];
    const cost = next?.importedHashCost;
    if (next === undefined || cost === undefined) return found;
    found.push(next);
    below = cost.slice(0, cost.indexOf(':') + 1);
  }
}

function isDuplicate(fault: unknown): boolean {
  return fault instanceof mongo.MongoServerError && fault.code === 11_000;
}
