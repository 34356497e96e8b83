import type { TLSSocket } from 'node:tls';

/** URIs (SPIFFE) before host names: the first name is the one that limits and logs use. */
const KINDS = ['URI', 'DNS', 'email', 'IP Address'] as const;
/**
 * One entry of Node's `subjectAltName` text; what could be taken for more than one entry stands there as a JSON string.
 */
const ENTRY = /(?:^|, )([A-Za-z0-9 ]+):("(?:[^"\\]|\\.)*"|[^,"]*)/y;
const VALID_NAME = /^[\x21-\x7e]{1,255}$/;

/**
 * The names in the client certificate of a connection (subject alternative names, RFC 5280 section 4.2.1.6), the most
 * specific first. None when the certificate was not verified.
 */
export function clientNames(socket: Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>): readonly string[] {
  if (!socket.authorized) return [];
  return namesIn(socket.getPeerX509Certificate()?.subjectAltName ?? '');
}

/** None at all when any part of the text cannot be read. */
export function namesIn(subjectAltName: string): readonly string[] {
  const entries: { readonly kind: string; readonly name: string }[] = [];
  ENTRY.lastIndex = 0;
  let end = 0;
  for (let match = ENTRY.exec(subjectAltName); match !== null; match = ENTRY.exec(subjectAltName)) {
    const [, kind = '', text = ''] = match;
    end = ENTRY.lastIndex;
    entries.push({ kind, name: text.startsWith('"') ? unquoted(text) : text });
  }
  if (end !== subjectAltName.length) return [];
  const valid = entries.filter(({ name }) => VALID_NAME.test(name));
  return KINDS.flatMap((kind) => valid.filter((entry) => entry.kind === kind).map(({ name }) => name));
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
}
