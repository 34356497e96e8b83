import type { ListenOptions } from 'node:net';

/**
 * What `net.Server.listen` is to be given. For `::` the host is left out: then Node listens on every IPv6 and IPv4
 * address, and on every IPv4 address where IPv6 is off, which it does not do when it is given.
 */
export function listenOptions(address: { readonly host: string; readonly port: number }): ListenOptions {
  return address.host === '::' ? { port: address.port } : { ...address };
}
