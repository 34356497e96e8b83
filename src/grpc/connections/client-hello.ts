import type { Socket } from 'node:net';

/** The content type of the record that a ClientHello comes in (RFC 8446 section 5.1). */
const HANDSHAKE = 22;
const RECORD_HEAD = 5;
/** Of the plaintext in a record. */
const MAX_RECORD = 1 << 14;
/** Far more pieces than any network makes of it; each costs more memory than it holds. */
const MAX_PIECES = 1_024;

/**
 * Calls `then` once the first TLS record, which holds the ClientHello, is there as a whole. What was read stands in the
 * socket again, which is paused. Nothing of TLS has been paid for until then. Calls `otherwise` when something else is
 * spoken.
 */
export function onClientHello(socket: Socket, then: () => void, otherwise: () => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let wanted: number | undefined;
  const read = (chunk: Buffer): void => {
    chunks.push(chunk);
    size += chunk.length;
    if (wanted === undefined && size >= RECORD_HEAD) wanted = recordSize(Buffer.concat(chunks));
    if (chunks.length > MAX_PIECES) wanted = 0;
    if (wanted === undefined || size < wanted) return;
    socket.off('data', read);
    if (wanted === 0) {
      otherwise();
      return;
    }
    socket.pause();
    socket.unshift(Buffer.concat(chunks));
    then();
  };
  socket.on('data', read);
}

/** 0: not the head of a handshake record. */
function recordSize(head: Buffer): number {
  const size = head.readUInt16BE(3);
  return head[0] === HANDSHAKE && size > 0 && size <= MAX_RECORD ? RECORD_HEAD + size : 0;
}
