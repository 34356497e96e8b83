import type { mongo } from 'mongoose';
import { within } from '../commands/operation';
import { watchPrimary } from './primary-watch';
import { RECORD_FIELDS, type RecordDocument, toRecord } from './revocation-documents';
import { type FeedReader, loadWindow } from './revocation-window';

/** How long the server holds a request open while there is nothing new; so often freshness is known. */
const AWAIT_MS = 300;
/** The same for the request by which the driver opens the stream: nothing is ready before it is answered. */
const AWAIT_FIRST_MS = 1;
const SILENCE_MS = 5_000;
const BATCH_SIZE = 1_000;

/**
 * Follows by a change stream. It begins where a majority stood before the window is read, so nothing falls between the
 * two; begun at "now" it would, because a new primary learns late what its predecessor had acknowledged. A batch that
 * is not full has reached the end of what a majority had when it was asked for.
 */
export async function streamRevocations(feed: FeedReader, onLoaded: () => void, stop: AbortSignal): Promise<void> {
  const { model, clock, listener } = feed;
  const primary = watchPrimary(model.db.getClient());
  // Causally consistent: the window is read no older than the position where the stream begins.
  const session = model.db.getClient().startSession({ causalConsistency: true });
  let cursor: ChangeCursor | undefined;
  let forgetStop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    const onStop = () => reject(stop.reason);
    stop.addEventListener('abort', onStop, { once: true });
    forgetStop = () => stop.removeEventListener('abort', onStop);
  });
  const lost = Promise.race([primary.changed, stopped]);
  lost.catch(() => undefined);
  const bringBatch = async (cursor: ChangeCursor) => {
    const first = await Promise.race([within(SILENCE_MS, () => cursor.tryNext()), lost]);
    const batch = first === null ? [] : [first, ...cursor.readBufferedDocuments()];
    for (const { record } of batch) listener.onRecord(toRecord(record));
    return batch.length;
  };
  try {
    cursor = openStream(feed, session, await Promise.race([majorityTime(feed, session), lost]));
    await bringBatch(cursor);
    cursor.setMaxTimeMS(AWAIT_MS);
    await loadWindow(feed, { session });
    onLoaded();
    while (!stop.aborted) {
      const askedAt = clock.monotonic();
      const brought = await bringBatch(cursor);
      // The server ends a stream whose collection was dropped.
      if (cursor.closed || cursor.id === undefined || cursor.id.isZero())
        throw new Error('The change stream has ended');
      if (brought < BATCH_SIZE) listener.onFresh(askedAt);
    }
  } finally {
    primary.unwatch();
    forgetStop();
    closeStream(cursor, session).catch(() => undefined);
  }
}

interface Change {
  readonly record: RecordDocument;
}

type ChangeCursor = mongo.RunCommandCursor & { tryNext(): Promise<Change | null> };

/** Up to where a majority is known to stand; a majority read answers with the time of what it has read. */
async function majorityTime({ model }: FeedReader, session: mongo.ClientSession): Promise<mongo.Timestamp> {
  await within(SILENCE_MS, (options) =>
    model.collection.findOne({ _id: '' as never }, { ...options, session, projection: { _id: 1 } }),
  );
  if (session.operationTime === undefined) throw new Error('The server does not report its time');
  return session.operationTime;
}

// The command as such, because the driver's ChangeStream does not show where a batch ends, and takes up again by itself
// at another server, where the same position proves nothing about freshness.
function openStream({ model }: FeedReader, session: mongo.ClientSession, from: mongo.Timestamp): ChangeCursor {
  const record = Object.fromEntries(Object.keys(RECORD_FIELDS).map((field) => [field, `$fullDocument.${field}`]));
  const command = {
    aggregate: model.collection.collectionName,
    pipeline: [
      { $changeStream: { startAtOperationTime: from } },
      { $match: { operationType: 'insert' } },
      { $project: { record } },
    ],
    cursor: { batchSize: BATCH_SIZE },
    readConcern: { level: 'majority' },
  };
  const cursor = model.db.getClient().db(model.db.name).runCursorCommand(command, { session });
  return cursor.setMaxTimeMS(AWAIT_FIRST_MS).setBatchSize(BATCH_SIZE);
}

async function closeStream(cursor: ChangeCursor | undefined, session: mongo.ClientSession): Promise<void> {
  await cursor?.close();
  await session.endSession();
}
