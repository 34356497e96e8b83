import { join } from 'node:path';
import { eventually } from '../domain/eventually';
import { type Ended, type Env, type RunningProcess, run, workingDirectory } from '../processes/service-process';
import { PASSWORD, ReplicaClient } from './replica-client';

const DIST = join(__dirname, '..', '..', '..', 'dist');

/** What every replica of a test is configured with, unless the test says otherwise. */
const ENV = {
  SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe',
  GRPC_ADDRESS: '127.0.0.1:0',
  HTTP_ADDRESS: 'off',
  LOG_FORMAT: 'json',
  LOGIN_LIMIT_PER_MINUTE: '0',
  REGISTER_LIMIT_PER_MINUTE: '0',
};

/** The service as a process of its own, from what was built. */
export interface Replica extends RunningProcess {
  readonly address: string;
  readonly client: ReplicaClient;
  /** Another client, on a connection of its own; closed with the replica. */
  another(): ReplicaClient;
  stop(): Promise<Ended>;
}

export interface Replicas {
  readonly all: readonly [Replica, Replica, ...Replica[]];
  /** Stops all processes and takes their working directory away. */
  stop(): Promise<void>;
}

/** Starts two replicas, each with its own DATABASE_URL where two are given. */
export async function startReplicas(urls: readonly [string, string], env: Env = {}): Promise<Replicas> {
  const directory = await workingDirectory();
  const started: Replica[] = [];
  const stop = async () => {
    await Promise.all(started.map((replica) => replica.stop()));
    await directory.remove();
  };
  try {
    const start = async (url: string) => {
      const replica = await startReplica(directory.path, { DATABASE_URL: url, ...env });
      started.push(replica);
      return replica;
    };
    return { all: [await start(urls[0]), await start(urls[1])], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startReplica(directory: string, env: Env): Promise<Replica> {
  const running = run(process.execPath, [join(DIST, 'main.js')], directory, { ...ENV, ...env });
  let address = '';
  await eventually(
    'the replica is ready',
    () => {
      if (running.child.exitCode !== null) throw new Error(`The replica ended: ${running.printed()}`);
      address = /"event":"started","grpc":"([^"]+)"/.exec(running.printed())?.[1] ?? '';
      return address !== '';
    },
    60_000,
  );
  const clients: ReplicaClient[] = [];
  const another = () => {
    const client = new ReplicaClient(address);
    clients.push(client);
    return client;
  };
  const stop = () => {
    for (const client of clients) client.close();
    running.child.kill('SIGTERM');
    return running.ended;
  };
  return { ...running, address, client: another(), another, stop };
}

/** Makes an admin of this name by the command line; the password is PASSWORD. */
export async function makeAdmin(databaseUrl: string, username: string): Promise<void> {
  const directory = await workingDirectory();
  const names = ['--email', `${username}@example.com`, '--username', username];
  const env = { ...ENV, DATABASE_URL: databaseUrl };
  // What is built is not built anew, as bin/postern.js would.
  const program = 'require(process.argv[1]).postern(process.argv.slice(2)).then((code) => process.exit(code))';
  const args = [
    '-e',
    program,
    join(DIST, 'cli', 'postern.js'),
    'create-admin',
    ...names,
    '--password-stdin',
    '--new-store',
  ];
  const { code, stderr } = await run(process.execPath, args, directory.path, env, PASSWORD).ended;
  await directory.remove();
  if (code !== 0) throw new Error(`create-admin: ${stderr}`);
}
