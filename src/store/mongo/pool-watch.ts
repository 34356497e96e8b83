import type { mongo } from 'mongoose';
import type { PoolReading } from '../store';

/** Counts by the driver's events (CMAP specification), from before the first connection is made. */
export function watchPool(client: mongo.MongoClient): () => PoolReading {
  let open = 0;
  let inUse = 0;
  let waiting = 0;
  client.on('connectionCreated', () => {
    open += 1;
  });
  client.on('connectionClosed', () => {
    open -= 1;
  });
  client.on('connectionCheckOutStarted', () => {
    waiting += 1;
  });
  client.on('connectionCheckOutFailed', () => {
    waiting -= 1;
  });
  client.on('connectionCheckedOut', () => {
    waiting -= 1;
    inUse += 1;
  });
  client.on('connectionCheckedIn', () => {
    inUse -= 1;
  });
  return () => ({ open, inUse, waiting });
}
