import type { X509Certificate } from 'node:crypto';
import { clientNames, namesIn } from '../../../src/transport/limits/client-names';
import { SourceAddresses } from '../../../src/transport/limits/source-address';

const none = () => '';

test('the most specific name comes first: URI, then DNS, then email, then address', () => {
  const text = 'DNS:a.example.org, IP Address:10.0.0.1, email:ops@example.org, URI:spiffe://example.org/ops, DNS:b';
  const names = ['spiffe://example.org/ops', 'a.example.org', 'b', 'ops@example.org', '10.0.0.1'];
  expect(namesIn(text)).toEqual(names);
  expect(namesIn('')).toEqual([]);
});

test.each([
  ['a name that holds another entry', 'DNS:"evil.org, DNS:ops.example.org"', []],
  ['a quoted name', 'URI:"spiffe://example.org/a,b"', ['spiffe://example.org/a,b']],
  ['a kind that is not ours', 'othername:<unsupported>, DNS:a.example.org', ['a.example.org']],
  ['a name with control characters', 'DNS:"a\\u0000b", DNS:c', ['c']],
  ['text that is no list', 'DNS:a.example.org; DNS:b', []],
  ['a quote that never ends', 'DNS:a.example.org, DNS:"b', []],
])('A subject alternative name with %s is read as what it is [E2]', (_what, text, names) => {
  expect(namesIn(text)).toEqual(names);
});

test('A certificate that was not verified gives no name [E2]', () => {
  const certificate = { subjectAltName: 'DNS:ops.example.org' } as X509Certificate;
  const socket = (authorized: boolean) => ({ authorized, getPeerX509Certificate: () => certificate });
  expect(clientNames(socket(false))).toEqual([]);
  expect(clientNames(socket(true))).toEqual(['ops.example.org']);
});

describe('the source of a certified connection', () => {
  const peer = { remoteAddress: '10.0.0.1', remotePort: 4711 };

  it('is its name until the connection is forgotten, and no other connection has it', () => {
    const sources = new SourceAddresses([]);
    const { forgotten } = sources.certify(peer, ['ops', 'second']);
    const source = { ipAddress: '10.0.0.1', key: 'san:ops', clientNames: ['ops', 'second'] };
    expect(sources.ofConnection(peer, none)).toEqual(source);
    expect(sources.ofConnection({ ...peer, remotePort: 4712 }, none).clientNames).toBeUndefined();
    forgotten();
    expect(sources.ofConnection(peer, none)).toEqual({ ipAddress: '10.0.0.1', key: '10.0.0.1' });
  });

  it('is that of the next connection from the same port, also when the one before is forgotten late', () => {
    const sources = new SourceAddresses([]);
    const first = sources.certify(peer, ['first']);
    sources.certify(peer, ['second']);
    first.forgotten();
    expect(sources.ofConnection(peer, none).key).toBe('san:second');
    sources.certify(peer, []);
    expect(sources.ofConnection(peer, none).key).toBe('10.0.0.1');
  });

  it('is not that of a connection from the same port to another address or port of ours [E2]', () => {
    const sources = new SourceAddresses([]);
    const here = { ...peer, localAddress: '10.0.0.2', localPort: 50051 };
    sources.certify(here, ['ops']);
    for (const other of [{ localAddress: '10.0.0.3' }, { localPort: 50052 }]) {
      expect(sources.ofConnection({ ...here, ...other }, none).clientNames).toBeUndefined();
      sources.certify({ ...here, ...other }, ['another']);
    }
    expect(sources.ofConnection(here, none).key).toBe('san:ops');
  });

  it('is not that of a trusted proxy when the proxy passes a call on', () => {
    const sources = new SourceAddresses(['10.0.0.1']);
    sources.certify(peer, ['gateway']);
    for (const header of ['203.0.113.9', '10.0.0.1', 'nonsense']) {
      expect(sources.ofConnection(peer, () => header).clientNames).toBeUndefined();
    }
    expect(sources.ofConnection(peer, none).key).toBe('san:gateway');
  });

  it('is never a name over a Unix socket, where connections cannot be distinguished', () => {
    const sources = new SourceAddresses([]);
    sources.certify({}, ['ops']);
    expect(sources.ofConnection({}, none)).toEqual({ ipAddress: 'unix', key: 'unix' });
  });
});
