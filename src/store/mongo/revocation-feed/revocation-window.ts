import type { Model, mongo } from 'mongoose';
import type { Clock } from '../../../auth/clock';
import { nextIteration } from '../../../auth/next-iteration';
import type { RevocationListener } from '../../../auth/revocation/revocation-feed';
import type { RevocationDocument } from '../collections/revocations';
import { within } from '../commands/operation';
import { RECORD_FIELDS, type RecordDocument, toRecord } from './revocation-documents';

export interface FeedReader {
  readonly model: Model<RevocationDocument>;
  readonly clock: Clock;
  readonly listener: RevocationListener;
}

const LOAD_TIMEOUT_MS = 60_000;
const BATCH_SIZE = 10_000;
/** Records brought before other calls are answered: the window is also loaded while a service runs. */
const SLICE_SIZE = 500;

/** Loads every record of the window, then reports that the view is fresh. */
export async function loadWindow(
  { model, clock, listener }: FeedReader,
  extra: { readonly session?: mongo.ClientSession } = {},
): Promise<void> {
  const startedAt = clock.monotonic();
  await within(LOAD_TIMEOUT_MS, async (options) => {
    const filter = { expireAt: { $gt: new Date(clock.now()) } };
    const cursor = model.collection.find<RecordDocument>(filter, {
      ...options,
      ...extra,
      projection: RECORD_FIELDS,
      batchSize: BATCH_SIZE,
    });
    while (await cursor.hasNext()) {
      for (const document of cursor.readBufferedDocuments(SLICE_SIZE)) listener.onRecord(toRecord(document));
      await nextIteration();
    }
  });
  listener.onFresh(startedAt);
}
