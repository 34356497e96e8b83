import { type ClientHttp2Session, connect, constants, type SecureClientSessionOptions } from 'node:http2';
import { connect as connectSocket } from 'node:net';

export interface HealthTarget {
  /** `host:port`, or `unix:PATH`. */
  readonly address: string;
  /** The service of `grpc.health.v1` that is asked about; empty: the server as a whole. */
  readonly service: string;
  /** Undefined: plaintext. */
  readonly tls?: SecureClientSessionOptions | undefined;
}

/** HealthCheckResponse with field 1 (status) = 1 (SERVING), as a gRPC message. */
const SERVING = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);

/**
 * Asks `grpc.health.v1.Health/Check`; resolves with undefined when the service is SERVING, else with why not. On HTTP/2
 * alone: a gRPC client would go through the proxies of the environment, and could not be ended while a TLS handshake
 * hangs.
 */
export function askHealth(target: HealthTarget, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const session = openSession(target);
    const finish = (answer: string | undefined) => {
      clearTimeout(timer);
      session.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(`no answer within ${timeoutMs / 1_000} s`), timeoutMs);
    session.on('error', (error) => finish(describe(error)));
    session.on('close', () => finish('the connection was closed without an answer'));
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status: unknown;
    let message: unknown;
    const readStatus = (headers: NodeJS.Dict<string | string[] | number>) => {
      status = headers['grpc-status'] ?? status;
      message = headers['grpc-message'] ?? message;
    };
    stream.on('response', readStatus).on('trailers', readStatus);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => finish(describe(error)));
    stream.on('end', () => {
      if (status !== '0') finish(`gRPC status ${String(status ?? 'missing')} ${String(message ?? '')}`.trim());
      else finish(Buffer.concat(chunks).equals(SERVING) ? undefined : 'the service says NOT_SERVING');
    });
    stream.end(encodeRequest(target.service));
  });
}

function openSession({ address, tls }: HealthTarget): ClientHttp2Session {
  if (address.startsWith('unix:')) {
    const path = address.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    return connect('http://localhost', { createConnection: () => connectSocket(path) });
  }
  return tls === undefined ? connect(`http://${address}`) : connect(`https://${address}`, tls);
}

/** HealthCheckRequest with field 1 (service), as a gRPC message. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, body.length]), body]);
}

function describe(error: Error): string {
  // A stream that could not be opened says in `cause` why; a host of several addresses has an error without a message.
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message || String((cause as NodeJS.ErrnoException).code);
}
