import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { mongo } from 'mongoose';
import { eventually } from '../domain/eventually';
import { mongoClient } from './mongo-client';
import { mongodBinary } from './mongod-binary';
import { MongodProcess } from './mongod-process';

const ROOT = { user: 'root', pwd: 'r00t-canary' };
const SCRIPT = join(__dirname, '..', '..', '..', 'docs', 'mongodb', 'create-user.js');

/** A replica set of one that wants to know who signs in. */
export interface AuthenticatedServer {
  readonly address: string;
  /** A client of the user who may do everything. */
  readonly root: mongo.MongoClient;
  /** Runs docs/mongodb/create-user.js as mongosh does; what it prints. */
  createUser(env: Readonly<Record<string, string>>): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startAuthenticated(): Promise<AuthenticatedServer> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-auth-'));
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, 'b25seSBmb3IgdGVzdHM=');
  await chmod(keyFile, 0o600);
  const { path } = await mongodBinary();
  const server = await MongodProcess.create(path, join(directory, 'data'), ['--replSet', 'rs0', '--keyFile', keyFile]);
  await server.start();
  await server.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: server.address }] } });
  await eventually('it is primary', async () => (await server.command({ hello: 1 })).isWritablePrimary, 30_000);
  // The first user may be made by any client on the machine (MongoDB manual, "Localhost Exception").
  await server.command({ createUser: ROOT.user, pwd: ROOT.pwd, roles: ['root'] });
  const root = mongoClient(`mongodb://${ROOT.user}:${ROOT.pwd}@${server.address}/?directConnection=true`);
  return {
    address: server.address,
    root,
    createUser: async (env) => {
      const printed: string[] = [];
      const getSiblingDB = (name: string) => ({
        // Plain objects of this context.
        runCommand: (command: mongo.Document) => root.db(name).command(JSON.parse(JSON.stringify(command))),
      });
      // mongosh waits for every command of a script in the same way.
      const script = (await readFile(SCRIPT, 'utf8')).replaceAll('database.runCommand(', 'await $&');
      await runInNewContext(`(async () => {\n${script}\n})()`, {
        db: { getSiblingDB },
        process: { env },
        print: (text: string) => printed.push(text),
      });
      return printed;
    },
    stop: async () => {
      await root.close();
      await server.signal('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
