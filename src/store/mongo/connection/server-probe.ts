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
export function probeServers(url: MongoUrl): Promise<ServerProbe[]> {
  return probeWith(
    url,
    [...url.options].filter(([name]) => isTlsOption(name)),
  );
}

/**
 * The first host that answers when TLS is used where the URL has none, and is not used where it has; undefined when
 * none does. Whose certificate it is does not matter: nothing but `hello` is sent.
 */
export async function findHostOfOtherTransport(url: MongoUrl): Promise<string | undefined> {
  const options = usesTls(url) ? [] : [['tls', 'true'] as const, ['tlsInsecure', 'true'] as const];
  const probes = await probeWith(url, options);
  return probes.find(({ hello }) => hello !== undefined)?.host;
}

export function usesTls({ options, isSrv }: MongoUrl): boolean {
  return (options.get('tls') ?? options.get('ssl') ?? String(isSrv)) === 'true';
}

function isTlsOption(name: string): boolean {
  return name.startsWith('tls') || name === 'ssl';
}

function probeWith(
  { hosts, isSrv }: MongoUrl,
  options: readonly (readonly [string, string])[],
): Promise<ServerProbe[]> {
  if (isSrv) return Promise.resolve(hosts.map((host) => ({ host })));
  const query = new URLSearchParams([
    ...options.map(([name, value]): [string, string] => [name, value]),
    ['directConnection', 'true'],
  ]);
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
