import type { Revocation } from '../../../auth/revocation/revocation-record';
import type { Models } from '../collections/models';
import { CommandBatcher } from '../commands/command-batcher';
import { isOnlyRepetition } from '../commands/store-errors';
import { toFields } from './revocation-documents';

/** Writes records of revocations; one that is there already only becomes newer. */
export function appendEach(
  model: Models['revocations'],
  windowMs: number,
): CommandBatcher<readonly Revocation[], void> {
  const toWrite = (record: Revocation) => ({
    updateOne: {
      filter: { _id: record.id },
      update: {
        $setOnInsert: { ...toFields(record), expireAt: new Date(record.at + windowMs) },
        $currentDate: { storedAt: true as const },
      },
      upsert: true,
    },
  });
  return new CommandBatcher(async (asked, options) => {
    const writes = asked.flat().map(toWrite);
    // Otherwise mongoose would leave out what does not fit the schema.
    const all = { ...options, ordered: false, timestamps: false, throwOnValidationError: true } as const;
    await model.bulkWrite(writes, all).catch((error: unknown) => {
      // The same record at the same moment: it is there.
      if (!isOnlyRepetition(error)) throw error;
    });
    return asked.map(() => ({ answer: undefined }));
  });
}
