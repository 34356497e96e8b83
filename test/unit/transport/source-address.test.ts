import { SourceAddresses } from '../../../src/transport/limits/source-address';

const PROXIES = ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.1'];

function findSource(peer: string | undefined, forwardedFor = '', trusted: readonly string[] = PROXIES) {
  return new SourceAddresses(trusted).of(peer, () => forwardedFor);
}

describe('The source of a call [B6]', () => {
  test('is the peer when no proxy is trusted, whatever x-forwarded-for says', () => {
    expect(findSource('10.0.0.1', '198.51.100.1', []).ipAddress).toBe('10.0.0.1');
  });

  test('is the peer when the peer is not a trusted proxy', () => {
    expect(findSource('203.0.113.9', '198.51.100.1').ipAddress).toBe('203.0.113.9');
  });

  test.each([
    ['one hop', '198.51.100.1', '198.51.100.1'],
    ['a chain of trusted proxies', '198.51.100.1, 10.1.1.1, 192.0.2.1', '198.51.100.1'],
    ['a made-up hop on the left', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
    ['a made-up trusted hop on the left', '10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['only trusted hops', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['no address at the right end', '198.51.100.1, nonsense', '10.0.0.1'],
    ['no address behind a trusted hop', 'unknown, 10.3.3.3', '10.3.3.3'],
    ['a port', '198.51.100.1:4711', '198.51.100.1'],
    ['IPv6 with a port', '[2001:db8:9::1]:4711', '2001:db8:9::1'],
    ['an IPv4-mapped address', '::ffff:198.51.100.1', '198.51.100.1'],
    ['an octal address', '0300.0.0.1', '10.0.0.1'],
    ['an empty element at the end', '203.0.113.9,', '203.0.113.9'],
    ['empty elements everywhere', ' , ,203.0.113.9 ,\t,10.1.1.1, ', '203.0.113.9'],
    ['nothing but empty elements', ' , ,', '10.0.0.1'],
    ['more empty elements than hops are looked at', `203.0.113.9${','.repeat(100)}`, '203.0.113.9'],
    ['IPv6 in brackets', '[2001:db8:9::1]', '2001:db8:9::1'],
    ['no header', '', '10.0.0.1'],
  ])('behind a trusted proxy, with %s', (_what, header, expected) => {
    expect(findSource('10.0.0.1', header).ipAddress).toBe(expected);
  });

  test('knows a trusted IPv4 proxy on a dual-stack socket', () => {
    expect(findSource('::ffff:10.0.0.1', '198.51.100.1').ipAddress).toBe('198.51.100.1');
  });

  test('counts an IPv6 address by its /64 and an IPv4 address by itself', () => {
    expect(findSource('2001:db8:7:1:aaaa::1').key).toBe(findSource('2001:db8:7:1:bbbb::2').key);
    expect(findSource('2001:db8:7:1::1').key).not.toBe(findSource('2001:db8:7:2::1').key);
    expect(findSource('198.51.100.1').key).toBe('198.51.100.1');
  });

  test('of a Unix socket is the socket, and its header is believed only when `unix` is listed', () => {
    expect(findSource(undefined, '198.51.100.1')).toEqual({ ipAddress: 'unix', key: 'unix' });
    expect(findSource(undefined, '198.51.100.1', ['unix']).ipAddress).toBe('198.51.100.1');
  });

  test('is found in a header of thousands of hops by looking at the last ones only', () => {
    const header = `198.51.100.1,${'10.0.0.2,'.repeat(5_000)}10.0.0.2`;
    expect(findSource('10.0.0.1', header).ipAddress).toBe('10.0.0.2');
  });
});
