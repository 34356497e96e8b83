import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// The baseline of the HTTP port: bare node:http that answers every request alike. Argument: a BareAnswer as JSON.

/** What the server answers with. */
export interface BareAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Written as JSON for every answer, after the JSON of the request has been parsed; undefined: no body is read or
   * written.
   */
  readonly json?: unknown;
}

const { status, headers, json } = JSON.parse(process.argv[2] ?? '{}') as BareAnswer;

const server = createServer((request, response) => {
  if (json === undefined) {
    response.writeHead(status, headers);
    response.end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const body = JSON.stringify(json);
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ event: 'started', grpc: `127.0.0.1:${port}` })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
