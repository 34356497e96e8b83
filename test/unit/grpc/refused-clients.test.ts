import type { TLSSocket } from 'node:tls';
import { findCause, RefusedClients } from '../../../src/grpc/connections/refused-clients';
import { createLogger } from '../../../src/observability/logger';

let now = 0;
let lines: Record<string, unknown>[];
let refusals: RefusedClients;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  refusals = new RefusedClients(createLogger({ level: 'info', format: 'json', destination }), { monotonic: () => now });
});

describe('the log of refused clients', () => {
  test('has a line per source, cause and minute', () => {
    for (const at of [0, 59_999, 60_000]) {
      now = at;
      for (const source of ['192.0.2.1', '192.0.2.2']) refusals.log('plaintext', source);
    }
    refusals.log('not_http2', '192.0.2.1');
    expect(lines.map(({ cause, peer }) => `${cause} ${peer}`)).toEqual([
      'plaintext 192.0.2.1',
      'plaintext 192.0.2.2',
      'plaintext 192.0.2.1',
      'plaintext 192.0.2.2',
      'not_http2 192.0.2.1',
    ]);
  });

  test('has at most 100 lines a minute, however many sources there are', () => {
    now = 0;
    for (let n = 0; n < 1_000; n += 1) refusals.log('plaintext', `192.0.2.${n}`);
    expect(lines).toHaveLength(100);
    now = 60_000;
    refusals.log('plaintext', '192.0.2.500');
    expect(lines).toHaveLength(101);
  });
});

test.each([
  ['no_certificate', 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', null],
  ['certificate', 'ECONNRESET', 'CERT_HAS_EXPIRED'],
  ['distrust', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', null],
  ['handshake', 'ERR_SSL_UNSUPPORTED_PROTOCOL', null],
  [undefined, 'ECONNRESET', null],
])('The cause is %s for %s with the authorization error %s', (cause, code, authorizationError) => {
  const error = Object.assign(new Error('a failure'), { code });
  expect(findCause(error, { authorizationError } as unknown as TLSSocket)?.cause).toBe(cause);
});
