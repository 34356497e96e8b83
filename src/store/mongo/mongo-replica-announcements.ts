import type { Model } from 'mongoose';
import type { ReplicaAnnouncements, ReplicaSecrets } from '../replica-secrets';
import { fromDocument, toDocument } from './collections/documents';
import type { ReplicaDocument } from './collections/replicas';
import { type OperationOptions, within } from './commands/operation';

const LIFETIME_MS = 60_000;
const TIMEOUT_MS = 2_000;

/** One document per process. The index removes it later than it has ended, so `list` looks at the time too. */
export class MongoReplicaAnnouncements implements ReplicaAnnouncements {
  constructor(private readonly model: Model<ReplicaDocument>) {}

  async announce(replica: ReplicaSecrets): Promise<void> {
    const { _id, ...fields } = toDocument(replica);
    const literal = Object.entries(fields).filter(([, value]) => value !== undefined);
    const values = Object.fromEntries(literal.map(([name, value]) => [name, { $literal: value }]));
    const update = [{ $set: { ...values, expireAt: { $add: ['$$NOW', LIFETIME_MS] } } }];
    await within(TIMEOUT_MS, (options) =>
      this.model.collection.updateOne({ _id } as never, update, { ...options, upsert: true }),
    );
  }

  async list(): Promise<ReplicaSecrets[]> {
    return within(TIMEOUT_MS, (options) => findReplicas(this.model, options));
  }

  async withdraw(id: string): Promise<void> {
    await within(TIMEOUT_MS, (options) => this.model.deleteOne({ _id: id }, options).exec());
  }
}

/** Those that have announced themselves within a minute. */
export async function findReplicas(
  model: Model<ReplicaDocument>,
  options: OperationOptions,
): Promise<ReplicaSecrets[]> {
  // By the driver: mongoose allows no $expr, which alone compares with the server's time.
  const live = { $expr: { $gt: ['$expireAt', '$$NOW'] } };
  const found = await model.collection.find<ReplicaDocument>(live, options).toArray();
  return found.map((document) => {
    const { expireAt: _expireAt, ...replica } = fromDocument<ReplicaSecrets & { expireAt: Date }>(document);
    return { ...replica, previous: replica.previous };
  });
}
