import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenOptions } from '../../transport/listen-options';

const UNIX = 'unix:';

/**
 * Binds `host:port`, `[ipv6]:port` or `unix:PATH`, and resolves with the bound address. `[::]` takes both families
 * where there are two.
 */
export function listen(server: Server, address: string): Promise<string> {
  const options = address.startsWith(UNIX)
    ? { path: address.slice(UNIX.length) }
    : listenOptions(splitAddress(address));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve(formatBound(server, address));
    });
  });
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

function formatBound(server: Server, address: string): string {
  const bound = server.address() as AddressInfo | string | null;
  if (bound === null || typeof bound === 'string') return address;
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}
