import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { eventually } from '../domain/eventually';
import { decodeSpans, type ExportedSpan } from './exported-span';

/** Takes traces by OTLP over HTTP, as a collector does. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** Each with its body as it was before compression. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
  spans(): ExportedSpan[];
  /** The first span of this name that `fits`, when it has come. */
  span(name: string, fits?: (span: ExportedSpan) => boolean): Promise<ExportedSpan>;
  close(): Promise<void>;
}

export async function otlpReceiver(port = 0): Promise<OtlpReceiver> {
  const requests: { path: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url: path = '', headers } = request;
    const sent = Buffer.concat(chunks);
    requests.push({ path, headers, body: headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent });
    response.end();
  });
  server.listen(port, '127.0.0.1').unref();
  await once(server, 'listening');
  const spans = () => requests.flatMap(({ headers, body }) => decodeSpans(headers['content-type'], body));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans,
    async span(name, fits = () => true) {
      const find = () => spans().find((span) => span.name === name && fits(span));
      await eventually(`a span ${name} has come`, () => find() !== undefined);
      return find() as ExportedSpan;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
