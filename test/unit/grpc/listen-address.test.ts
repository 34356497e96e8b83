import { formatListenAddress, parseListenAddress } from '../../../src/grpc/connections/listen-address';

test.each([
  ['0.0.0.0:50051', { host: '0.0.0.0', port: 50_051 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['[::]:50051', { host: '::', port: 50_051 }],
  ['unix:/run/postern.sock', { path: '/run/postern.sock' }],
  ['unix:///run/postern.sock', { path: '/run/postern.sock' }],
  ['unix:postern.sock', { path: 'postern.sock' }],
])('reads %s', (text, expected) => {
  expect(parseListenAddress(text)).toEqual(expected);
});

test.each([
  '',
  ':50051',
  '50051',
  'host',
  'host:',
  'host:65536',
  '::1:50051',
  'unix:',
])('A listen address cannot be "%s"', (text) => {
  expect(() => parseListenAddress(text)).toThrow(RangeError);
});

test('A bound address is shown as a client would dial it', () => {
  expect(formatListenAddress({ address: '::1', port: 7 })).toBe('[::1]:7');
  expect(formatListenAddress({ address: '127.0.0.1', port: 7 })).toBe('127.0.0.1:7');
  expect(formatListenAddress('/run/p.sock')).toBe('unix:/run/p.sock');
});
