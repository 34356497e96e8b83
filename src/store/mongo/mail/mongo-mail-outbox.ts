import type { Model } from 'mongoose';
import type { Call } from '../../../auth/call';
import {
  type ClaimedMail,
  LONGEST_DELAY_MS,
  type MailOutbox,
  type OutboxBacklog,
} from '../../../auth/outgoing-mail/mail-outbox';
import type { OutgoingMail } from '../../../auth/outgoing-mail/outgoing-mail';
import { countDocuments } from '../collections/count-rows';
import { fromDocument, toDocument } from '../collections/documents';
import type { MailDocument } from '../collections/mail-outbox';
import { duringCall } from '../commands/operation';
import { queryableId } from '../commands/shapes';
import { isOnlyRepetition } from '../commands/store-errors';

const NEVER_TRIED = new Date(0);
/**
 * By the server's clock, which all replicas share; the index on `dueAt` serves both. Later than any lease or pause can
 * end: that clock was set back since, and the mail would wait for it to catch up.
 */
const IS_DUE = {
  $or: [
    { $expr: { $lte: ['$dueAt', '$$NOW'] } },
    { $expr: { $gt: ['$dueAt', { $add: ['$$NOW', LONGEST_DELAY_MS] }] } },
  ],
};

export class MongoMailOutbox implements MailOutbox {
  constructor(private readonly model: Model<MailDocument>) {}

  async add(mails: readonly OutgoingMail[], call: Call): Promise<void> {
    if (mails.length === 0) return;
    const documents = mails.map((mail) => ({ ...toDocument(mail), attempt: 0, dueAt: NEVER_TRIED }));
    await duringCall(call, (options) =>
      this.model.collection.insertMany(documents as never[], { ...options, ordered: false }).catch((error: unknown) => {
        if (!isOnlyRepetition(error)) throw error;
      }),
    );
  }

  async claim(leaseMs: number, call: Call): Promise<ClaimedMail | undefined> {
    const change = [{ $set: { attempt: { $add: ['$attempt', 1] }, dueAt: { $add: ['$$NOW', leaseMs] } } }];
    const claimed = await duringCall(call, (options) =>
      this.model.collection.findOneAndUpdate(IS_DUE as object, change, {
        ...options,
        sort: { dueAt: 1, _id: 1 },
        returnDocument: 'after',
      }),
    );
    return claimed === null ? undefined : toClaimed(claimed as unknown as MailDocument);
  }

  async finish(claimed: ClaimedMail, call: Call): Promise<boolean> {
    const { deletedCount } = await duringCall(call, (options) =>
      this.model.collection.deleteOne(heldBy(claimed), options),
    );
    return deletedCount === 1;
  }

  async postpone(claimed: ClaimedMail, delayMs: number, call: Call): Promise<boolean> {
    const change = [{ $set: { dueAt: { $add: ['$$NOW', Math.min(delayMs, LONGEST_DELAY_MS)] } } }];
    const { matchedCount } = await duringCall(call, (options) =>
      this.model.collection.updateOne(heldBy(claimed), change, options),
    );
    return matchedCount === 1;
  }

  backlog(call: Call): Promise<OutboxBacklog> {
    return duringCall(call, async (options) => {
      // The collection holds nothing but what waits.
      const [waiting, oldest] = await Promise.all([
        countDocuments(this.model, options),
        this.model.findOne({}, { requestedAt: 1 }, options).sort({ _id: 1 }).lean().exec(),
      ]);
      return { waiting, oldest: oldest?.requestedAt };
    });
  }
}

/** Matches the mail, unless another claim came after this one. */
function heldBy({ mail, attempt }: ClaimedMail): object {
  return { _id: queryableId(mail.id), attempt };
}

function toClaimed(document: MailDocument): ClaimedMail {
  const { attempt, dueAt: _dueAt, ...mail } = document;
  return { mail: fromDocument<OutgoingMail>(mail), attempt };
}
