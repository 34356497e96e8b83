import { request } from 'node:http';
import type { Load } from '../load/load';

/** What a client behind a gateway or a page sends beside its credentials. */
const USUAL_HEADERS = [
  'accept: application/json, text/plain, */*',
  'accept-encoding: gzip, deflate, br',
  'accept-language: en-GB,en;q=0.9',
  'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'x-forwarded-for: 198.51.100.7',
  'x-forwarded-proto: https',
  'x-forwarded-host: shop.example.com',
  'x-forwarded-method: GET',
  'x-forwarded-uri: /orders/7',
] as const;

/** Headers that node:http writes by itself. */
const BY_NODE = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);

/** A recorded HTTP/1.1 request. */
export function httpRequest(method: string, path: string, headers: readonly string[], body = ''): Buffer {
  const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  const head = [`${method} ${path} HTTP/1.1`, 'host: postern.example.com', ...USUAL_HEADERS, ...headers, ...length];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** `calls` of one recorded request, one connection for each lane. */
export function httpLoad(
  recorded: Buffer,
  replyBytes: number,
  { concurrency, calls }: { readonly concurrency: number; readonly calls: number },
): Omit<Load, 'address'> {
  return { path: '', requests: [recorded], replyBytes, concurrency, calls, connections: concurrency, http1: true };
}

export interface HttpAnswer {
  readonly status: number;
  /** Without those that node:http writes by itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Asks once, for what a bare server is to answer. */
export function askOnce(
  address: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`http://${address}${path}`, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const own = Object.entries(response.headers as Record<string, string>).filter(([name]) => !BY_NODE.has(name));
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(own), body: text });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}
