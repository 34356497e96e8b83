import type { Connection, mongo } from 'mongoose';
import type { OperationOptions } from '../commands/operation';

/** What docs/mongodb/create-user.js grants. */
const ACTIONS = ['find', 'insert', 'update', 'remove', 'createCollection', 'createIndex', 'listIndexes', 'collMod'];
/** Only a replica set has change streams. */
const STREAM_ACTION = 'changeStream';

interface Privilege {
  readonly resource: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions: readonly string[];
}

/**
 * The actions (MongoDB manual, "Privilege Actions") that the user who is signed in has not on every collection of the
 * database. Empty without authentication.
 */
export async function findMissingRights(
  connection: Connection,
  streams: boolean,
  options: OperationOptions,
): Promise<string[]> {
  const database = connection.db as mongo.Db;
  const { authInfo } = await database.command({ connectionStatus: 1, showPrivileges: true }, options);
  if (authInfo.authenticatedUsers.length === 0) return [];
  const privileges = authInfo.authenticatedUserPrivileges as readonly Privilege[];
  const held = new Set(
    privileges.filter(({ resource }) => covers(resource, database.databaseName)).flatMap(({ actions }) => actions),
  );
  const needed = streams ? [...ACTIONS, STREAM_ACTION] : ACTIONS;
  return held.has('anyAction') ? [] : needed.filter((action) => !held.has(action));
}

/** An empty name is every database, or every collection (MongoDB manual, "Resource Document"). */
function covers({ db, collection, anyResource = false }: Privilege['resource'], database: string): boolean {
  return anyResource || (collection === '' && (db === '' || db === database));
}
