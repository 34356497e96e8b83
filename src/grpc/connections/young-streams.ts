import type { Http2Session } from 'node:http2';
import { isMap } from 'node:util/types';
import { StreamTable } from './stream-table';

/** What other lines of Node do with the Map is not known: to call Map's own methods on the table would throw. */
const LINES_READ: ReadonlySet<string> = new Set(['20', '22', '24', '26']);

/**
 * Lets the collector of young objects take the calls of a new session once they are over. Node keeps the streams of a session in a Map,
 * and what a Map has outgrown makes half of all calls live on until a full collection (docs/decisions/0011).
 *
 * Node has no way to say so: this reaches for a field that is not documented. In another line of Node, or where it looks different from what is
 * known here, nothing is touched, and all works as without. @returns whether it looked as it should
 */
export function letStreamsDieYoung(session: Http2Session, nodeVersion = process.versions.node): boolean {
  if (!LINES_READ.has(nodeVersion.split('.', 1)[0] ?? '')) return false;
  const key = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state');
  const state: unknown = key === undefined ? undefined : Reflect.get(session, key);
  if (typeof state !== 'object' || state === null) return false;
  const streams: unknown = Reflect.get(state, 'streams');
  // Not `instanceof`: Node's own Maps have a prototype of their own.
  if (!isMap(streams) || Reflect.get(streams, 'size') !== 0) return false;
  return Reflect.set(state, 'streams', new StreamTable());
}
