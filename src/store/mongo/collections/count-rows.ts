import type { Model } from 'mongoose';
import { countEach, type RowCounts, type RowKind } from '../../row-counts';
import type { OperationOptions } from '../commands/operation';
import type { Models } from './models';

const MODELS = {
  users: 'users',
  sessions: 'sessions',
  auditEvents: 'auditEvents',
  apiKeys: 'apiKeys',
  loginFailures: 'loginFailures',
  revocations: 'revocations',
  waitingMails: 'mailOutbox',
  accountTokens: 'accountTokens',
} as const satisfies Record<RowKind, keyof Models>;

/** `Store.countRows`. */
export function countRows(models: Models, options: OperationOptions): Promise<RowCounts> {
  return countEach((kind) => countDocuments(models[MODELS[kind]], options));
}

/** By the collection's own statistics: counting would read all of it. */
export function countDocuments(
  { collection }: Pick<Model<unknown>, 'collection'>,
  { maxTimeMS }: OperationOptions,
): Promise<number> {
  return collection.estimatedDocumentCount({ maxTimeMS });
}
