import mongoose, { type mongo } from 'mongoose';
import { systemClock } from '../../../src/auth/clock';
import { openMongoStore } from '../../../src/store/mongo/open-mongo-store';
import type { Store } from '../../../src/store/store';
import { fixture } from '../domain/fixture';
import { testDatabaseUrl } from './mongo';
import { mongoOptions } from './mongo-opened-store';

/** The URL of a database of the test's own; the driver reports the commands of a client that connects with it. */
export function watchedUrl(): string {
  const url = new URL(testDatabaseUrl());
  url.searchParams.set('monitorCommands', 'true');
  // A connection that is still to be made would bring commands out of the order in which they were given.
  url.searchParams.set('minPoolSize', '6');
  return url.href;
}

/** The connection that was made last in this process. */
export function lastConnection(): mongoose.Connection {
  return mongoose.connections.at(-1) ?? mongoose.connection;
}

interface WatchedStore {
  readonly store: Store;
  readonly database: mongoose.Connection;
  /** What it has sent; may be emptied. */
  readonly commands: mongo.CommandStartedEvent[];
}

/** A store for the tests of the describe block, on a database that is dropped after them. */
export function watchedStore(): () => WatchedStore {
  return fixture(
    async () => {
      const store = await openMongoStore(watchedUrl(), mongoOptions(systemClock));
      const database = lastConnection();
      const commands: mongo.CommandStartedEvent[] = [];
      database.getClient().on('commandStarted', (event) => commands.push(event));
      return { store, database, commands };
    },
    async ({ store, database }) => {
      await database.dropDatabase();
      await store.close();
    },
  );
}
