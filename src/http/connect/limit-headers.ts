import type { IncomingMessage } from 'node:http';
import { TransportLimitError } from '../../transport/errors/status';
import { MAX_METADATA_BYTES } from '../../transport/pipeline/metadata-limit';

const TOO_LARGE = `Received headers larger than max (${MAX_METADATA_BYTES} bytes)`;

/** Holds the headers of an RPC to what its metadata over gRPC is held to. @throws TransportLimitError */
export function limitHeaders({ rawHeaders }: IncomingMessage): void {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  if (bytes > MAX_METADATA_BYTES) throw new TransportLimitError(TOO_LARGE);
}
