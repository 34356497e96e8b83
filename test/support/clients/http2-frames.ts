/** The client's preface and empty SETTINGS (RFC 9113 section 3.4). */
export const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(4, 0, 0, Buffer.alloc(0)),
]);

const END_HEADERS = 4;

/** The header block of a call. */
export function callHeaders(path: string): Buffer {
  return Buffer.concat([
    header(':method', 'POST'),
    header(':scheme', 'http'),
    header(':path', path),
    header(':authority', 'localhost'),
    header('content-type', 'application/grpc'),
    header('te', 'trailers'),
  ]);
}

const HEADERS = callHeaders('/postern.auth.v1.AuthService/Validate');
/** A gRPC message of 100 bytes, of which three are there. */
const HALF_MESSAGE = Buffer.from([0, 0, 0, 0, 100, 10, 98, 120]);

/** A call whose message is begun and never finished. */
export function halfRequest(stream: number): Buffer {
  return Buffer.concat([frame(1, END_HEADERS, stream, HEADERS), frame(0, 0, stream, HALF_MESSAGE)]);
}

/** A frame (RFC 9113 section 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal without indexing and without Huffman coding (RFC 7541 section 6.2.2). */
function header(name: string, value: string): Buffer {
  const text = (part: string) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}
