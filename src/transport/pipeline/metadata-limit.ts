import type { MetadataValue } from '@grpc/grpc-js';
import { TransportLimitError } from '../errors/status';

/** Bytes of all keys and values of a call's metadata together. */
export const MAX_METADATA_BYTES = 8 * 1024;

const TOO_LARGE = `Received metadata larger than max (${MAX_METADATA_BYTES} bytes)`;

/** The values of each key of a call's metadata. */
export type MetadataValues = Readonly<Record<string, readonly MetadataValue[]>>;

/** grpc-js has no limit of its own (nghttp2 stops at 64 KiB). @throws TransportLimitError */
export function limitMetadata(metadata: MetadataValues): void {
  let bytes = 0;
  for (const key in metadata) {
    for (const value of metadata[key] ?? []) bytes += key.length + value.length;
  }
  if (bytes > MAX_METADATA_BYTES) throw new TransportLimitError(TOO_LARGE);
}
