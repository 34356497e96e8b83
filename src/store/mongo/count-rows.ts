import type { Model } from 'mongoose';
import type { RowCounts } from '../row-counts';
import type { Models } from './models';
import type { OperationOptions } from './operation';

/** `Store.countRows`. */
export async function countRows(models: Models, options: OperationOptions): Promise<RowCounts> {
  const count = (model: Pick<Model<unknown>, 'collection'>) => countDocuments(model, options);
  const [users, sessions, auditEvents, apiKeys, loginFailures, revocations, waitingMails, accountTokens] =
    await Promise.all([
      count(models.users),
      count(models.sessions),
      count(models.auditEvents),
      count(models.apiKeys),
      count(models.loginFailures),
      count(models.revocations),
      count(models.mailOutbox),
      count(models.accountTokens),
    ]);
  return { users, sessions, auditEvents, apiKeys, loginFailures, revocations, waitingMails, accountTokens };
}

/** By the collection's own statistics: counting would read all of it. */
export function countDocuments(
  { collection }: Pick<Model<unknown>, 'collection'>,
  { maxTimeMS }: OperationOptions,
): Promise<number> {
  return collection.estimatedDocumentCount({ maxTimeMS });
}
