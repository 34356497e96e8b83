import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

// The baseline of the watchers: bare node:http2, whose streams get one message at once and another every second.
// Arguments: both in hex, framed as gRPC frames them.

const [first = '', heartbeat = ''] = process.argv.slice(2).map((hex) => Buffer.from(hex, 'hex'));
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const streams = new Set<ServerHttp2Stream>();

const server = createServer({ settings: { maxConcurrentStreams: 100 } });
server.on('stream', (stream) => {
  stream.on('error', () => {});
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.resume();
  stream.write(first);
  streams.add(stream);
  stream.on('close', () => streams.delete(stream));
});
setInterval(() => {
  for (const stream of streams) stream.write(heartbeat);
}, 1_000);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ event: 'started', grpc: `127.0.0.1:${port}` })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
