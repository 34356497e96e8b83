import type { mongo } from 'mongoose';
import { within } from './operation';
import { watchPrimary } from './primary-watch';
import { RECORD_FIELDS, type RecordDocument, toRecord } from './revocation-documents';
import { bringWindow, type FeedReader } from './revocation-window';

/** How long the server holds a request open while there is nothing new; so often freshness is known. */
const AWAIT_MS = 300;
const SILENCE_MS = 5_000;
const BATCH_SIZE = 1_000;

/**
 * Follows by a change stream. The stream is open before the window is read, so nothing falls between the two. A batch that is not
 * full has reached the end of what a majority had when it was asked for.
 */
export async function streamRevocations(feed: FeedReader, onLoaded: () => void, stop: AbortSignal): Promise<void> {
  const { model, clock, listener } = feed;
  const primary = watchPrimary(model.db.getClient());
  const cursor = openStream(feed);
  let forgetStop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    const onStop = () => reject(stop.reason);
    stop.addEventListener('abort', onStop, { once: true });
    forgetStop = () => stop.removeEventListener('abort', onStop);
  });
  const lost = Promise.race([primary.changed, stopped]);
  lost.catch(() => undefined);
  const bringBatch = async () => {
    const first = await Promise.race([within(SILENCE_MS, () => cursor.tryNext()), lost]);
    const batch = first === null ? [] : [first, ...cursor.readBufferedDocuments()];
    for (const { record } of batch) listener.onRecord(toRecord(record));
    return batch.length;
  };
  try {
    await bringBatch();
    await bringWindow(feed);
    onLoaded();
    while (!stop.aborted) {
      const askedAt = clock.now();
      const brought = await bringBatch();
      // The server ends a stream whose collection was dropped.
      if (cursor.closed || cursor.id === undefined || cursor.id.isZero())
        throw new Error('The change stream has ended');
      if (brought < BATCH_SIZE) listener.onFresh(askedAt);
    }
  } finally {
    primary.unwatch();
    forgetStop();
    cursor.close().catch(() => undefined);
  }
}

interface Change {
  readonly record: RecordDocument;
}

// The command as such, because the driver's ChangeStream does not tell where a batch ends, and takes up again by itself at another
// server, where the same position proves nothing about freshness.
function openStream({ model }: FeedReader): mongo.RunCommandCursor & { tryNext(): Promise<Change | null> } {
  const record = Object.fromEntries(Object.keys(RECORD_FIELDS).map((field) => [field, `$fullDocument.${field}`]));
  const cursor = model.db
    .getClient()
    .db(model.db.name)
    .runCursorCommand({
      aggregate: model.collection.collectionName,
      pipeline: [{ $changeStream: {} }, { $match: { operationType: 'insert' } }, { $project: { record } }],
      cursor: { batchSize: BATCH_SIZE },
      readConcern: { level: 'majority' },
    });
  return cursor.setMaxTimeMS(AWAIT_MS).setBatchSize(BATCH_SIZE);
}
