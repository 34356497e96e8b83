import type { Connection, mongo } from 'mongoose';
import type { PoolReading } from '../../store';

/** Counts by the driver's events (CMAP specification), from before the first connection is made. */
export function watchPool(connection: Connection): () => PoolReading {
  let open = 0;
  let inUse = 0;
  let waiting = 0;
  const reading = () => ({ open, inUse, waiting });
  // There is none where the driver refuses the URL, which the attempt to connect reports.
  const client: mongo.MongoClient | undefined = connection.getClient();
  if (client === undefined) return reading;
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
  return reading;
}
