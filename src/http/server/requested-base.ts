import type { IncomingMessage } from 'node:http';

/** Whether the peer's `x-forwarded-host` and `x-forwarded-proto` are believed. */
export type TrustsPeer = (peer: string | undefined) => boolean;

const HOST = /^([A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?$/;

/** `scheme://host[:port]` as the client sees it; undefined: its host is none. */
export function requestedBase(request: IncomingMessage, trusts: TrustsPeer): string | undefined {
  const isTrusted = trusts(request.socket.remoteAddress);
  const forwarded = (name: string): string | undefined => (isTrusted ? request.headersDistinct[name]?.[0] : undefined);
  const host = forwarded('x-forwarded-host') ?? request.headers.host ?? '';
  const scheme = forwarded('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return HOST.test(host) ? `${scheme}://${host}` : undefined;
}
