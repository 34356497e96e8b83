/** Where to listen: a TCP host and port, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** Reads `host:port`, `[ipv6]:port` or `unix:PATH`. @throws RangeError */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:') && text.length > 5) return { path: text.slice(5).replace(/^\/\/(?=\/)/, '') };
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || digits === '' || port > 65_535) {
    throw new RangeError('An address looks like 0.0.0.0:50051, [::]:50051 or unix:/run/postern.sock');
  }
  return { host, port };
}

/** As a client would dial it. */
export function formatListenAddress(bound: string | { readonly address: string; readonly port: number }): string {
  if (typeof bound === 'string') return `unix:${bound}`;
  const host = bound.address.includes(':') ? `[${bound.address}]` : bound.address;
  return `${host}:${bound.port}`;
}
