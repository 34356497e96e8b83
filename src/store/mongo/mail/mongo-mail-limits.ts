import { createHash } from 'node:crypto';
import type { Model } from 'mongoose';
import type { Call } from '../../../auth/call';
import type { MailLimit, MailLimits } from '../../../auth/outgoing-mail/mail-limits';
import type { MailCountDocument } from '../collections/account-tokens';
import { duringCall } from '../commands/operation';
import { queryableId } from '../commands/shapes';
import { retryUpsert } from '../login-failures/mongo-login-failures';

/** One document per subject; one atomic update decides. */
export class MongoMailLimits implements MailLimits {
  constructor(private readonly model: Model<MailCountDocument>) {}

  async take(subject: string, mailId: string, limits: readonly MailLimit[], at: number, call: Call): Promise<boolean> {
    const id = queryableId(mailId);
    const update = takeUpdate(id, limits, at);
    const after = await retryUpsert(() =>
      duringCall(call, (options) =>
        this.model
          .findOneAndUpdate({ _id: digest(subject) }, update, {
            ...options,
            upsert: true,
            updatePipeline: true,
            returnDocument: 'after',
          })
          .lean()
          .exec(),
      ),
    );
    return after?.taken.some((one) => one.id === id) ?? false;
  }
}

function takeUpdate(mailId: string, limits: readonly MailLimit[], at: number) {
  const longestMs = Math.max(...limits.map(({ windowMs }) => windowMs));
  const counted = {
    $map: {
      input: { $ifNull: ['$taken', []] },
      as: 'this',
      in: { id: '$$this.id', at: { $min: ['$$this.at', at] } },
    },
  };
  const since = (input: unknown, windowMs: number) => ({
    $filter: { input, cond: { $or: [{ $eq: ['$$this.id', mailId] }, { $gt: ['$$this.at', at - windowMs] }] } },
  });
  const isFull = limits.map(({ count, windowMs }) => ({ $gte: [{ $size: since('$taken', windowMs) }, count] }));
  const stays = { $or: [{ $in: [mailId, '$taken.id'] }, ...isFull] };
  return [
    { $set: { taken: since(counted, longestMs) } },
    {
      $set: {
        taken: { $cond: [stays, '$taken', { $concatArrays: ['$taken', [{ id: mailId, at }]] }] },
        expireAt: new Date(at + longestMs),
      },
    },
  ] as never[];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
