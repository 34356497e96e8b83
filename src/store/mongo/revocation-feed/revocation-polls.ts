import { setTimeout as pause } from 'node:timers/promises';
import { within } from '../commands/operation';
import { RECORD_FIELDS, type RecordDocument, toRecord } from './revocation-documents';
import { type FeedReader, loadWindow } from './revocation-window';

const INTERVAL_MS = 250;
const SILENCE_MS = 5_000;
/** How far each poll goes back behind the one before it; README.md, "The feed", says what this covers. */
const OVERLAP_MS = 10_000;
/** How far the server's clock may step back before the whole window is read again. */
const CLOCK_STEP_MS = 1_000;

/** Follows a server without change streams by asking for what it stored lately, by its own clock. */
export async function pollRevocations(feed: FeedReader, onLoaded: () => void, stop: AbortSignal): Promise<void> {
  const { clock, listener } = feed;
  let polledAt = await serverTime(feed);
  let brought = new Set<string>();
  await loadWindow(feed);
  onLoaded();
  while (!stop.aborted) {
    await pause(INTERVAL_MS, undefined, { signal: stop });
    const askedAt = clock.monotonic();
    const now = await serverTime(feed);
    if (now < polledAt - CLOCK_STEP_MS) throw new Error("The server's clock was set back");
    const found = await storedSince(feed, new Date(polledAt - OVERLAP_MS));
    for (const document of found) if (!brought.has(document._id)) listener.onRecord(toRecord(document));
    brought = new Set(found.map(({ _id }) => _id));
    listener.onFresh(askedAt);
    polledAt = now;
  }
}

async function serverTime({ model }: FeedReader): Promise<number> {
  const hello = await within(SILENCE_MS, (options) => model.db.getClient().db('admin').command({ hello: 1 }, options));
  return hello.localTime.getTime();
}

function storedSince({ model }: FeedReader, from: Date): Promise<RecordDocument[]> {
  return within(SILENCE_MS, (options) =>
    model.collection
      .find<RecordDocument>({ storedAt: { $gte: from } }, { ...options, projection: RECORD_FIELDS })
      .toArray(),
  );
}
