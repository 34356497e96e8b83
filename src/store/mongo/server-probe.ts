import os from 'node:os';
import { mongo } from 'mongoose';
import type { MongoUrl } from './database-url';

const TIMEOUT_MS = 2_000;
const MOST_HOSTS = 3;

/** What one server says of itself (`hello`, MongoDB manual), or why it says nothing. */
export interface ServerProbe {
  readonly host: string;
  readonly hello?: {
    readonly setName?: string;
    readonly isreplicaset?: boolean;
    readonly isWritablePrimary?: boolean;
    readonly hosts?: readonly string[];
  };
  readonly fault?: string;
}

/** Asks each host of the URL by itself who it is, without signing in, with the TLS options of the URL. */
export function probeServers({ hosts, isSrv, options }: MongoUrl): Promise<ServerProbe[]> {
  if (isSrv) return Promise.resolve(hosts.map((host) => ({ host })));
  const tls = [...options].filter(([name]) => name.startsWith('tls') || name === 'ssl');
  const query = new URLSearchParams([...tls, ['directConnection', 'true']]);
  return Promise.all(hosts.slice(0, MOST_HOSTS).map((host) => probe(host, `mongodb://${host}/?${query}`)));
}

async function probe(host: string, url: string): Promise<ServerProbe> {
  const client = new mongo.MongoClient(url, {
    serverSelectionTimeoutMS: TIMEOUT_MS,
    connectTimeoutMS: TIMEOUT_MS,
    socketTimeoutMS: TIMEOUT_MS,
    runtimeAdapters: { os },
  });
  try {
    return { host, hello: await client.db('admin').command({ hello: 1 }) };
  } catch (error) {
    return { host, fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await client.close();
  }
}
