import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type Client, type Metadata, Metadata as NewMetadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export const ECHO = '/postern.conformance.v1.Echo';
const proto = join(__dirname, '../proto');
const loaded = loadSync('postern/conformance/v1/echo.proto', {
  includeDirs: [proto, join(__dirname, '../../../proto')],
});
const echo = loaded['postern.conformance.v1.Echo'] as unknown as Record<'WhoAmI' | 'Ticks', EchoMethod>;

interface EchoMethod {
  readonly requestSerialize: (request: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Record<string, unknown>;
}

const bearer = (token: string): Metadata => {
  const metadata = new NewMetadata();
  if (token !== '') metadata.set('authorization', `Bearer ${token}`);
  return metadata;
};

/** Who a driver's gRPC server says that calls. */
export function whoAmI(client: Client, token: string): Promise<Record<string, unknown>> {
  const { requestSerialize, responseDeserialize } = echo.WhoAmI;
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(
      `${ECHO}/WhoAmI`,
      requestSerialize,
      responseDeserialize,
      {},
      bearer(token),
      (error: ServiceError | null, answer?: Record<string, unknown>) =>
        error === null ? resolve(answer ?? {}) : reject(error),
    ),
  );
}

const pass = (bytes: Buffer): Buffer => bytes;

/** The answer to an empty message. */
export function callBytes(client: Client, path: string, token = ''): Promise<Buffer> {
  const request = Buffer.alloc(0);
  return new Promise((resolve, reject) =>
    client.makeUnaryRequest(path, pass, pass, request, bearer(token), (error: ServiceError | null, answer?: Buffer) =>
      error === null ? resolve(answer ?? request) : reject(error),
    ),
  );
}

/** A stream of ticks; `ended` resolves with the error that ended it. */
export function openTicks(client: Client, token: string) {
  const { requestSerialize, responseDeserialize } = echo.Ticks;
  const stream = client.makeServerStreamRequest(
    `${ECHO}/Ticks`,
    requestSerialize,
    responseDeserialize,
    {},
    bearer(token),
  );
  let ticks = 0;
  stream.on('data', () => {
    ticks += 1;
  });
  const ended = once(stream, 'error').then(([error]) => error as ServiceError);
  return { ticks: () => ticks, ended };
}

/** Reads a path of a driver's HTTP server to its end; rejects when the connection is cut before. */
export async function getHttp(
  port: number,
  path: string,
  token = '',
): Promise<{ response: IncomingMessage; body: string }> {
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const [response] = (await once(get({ port, path, headers, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { response, body };
}
