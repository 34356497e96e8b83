import { createNetworks } from '../../../src/transport/limits/networks';

const networks = createNetworks();

test.each([
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['192.0.2.7', '192.0.2.7/32'],
  ['2001:DB8::1/32', '2001:db8::/32'],
  ['::1', '::1/128'],
  ['::ffff:10.1.0.0/112', '10.1.0.0/16'],
  ['0.0.0.0/0', '0.0.0.0/0'],
])('a network %s is written as %s', (text, written) => {
  expect(networks.parse(text)).toBe(written);
});

test.each([
  '',
  'x',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0/8',
  '010.0.0.0/8',
  '0x0a.0.0.0/8',
  '10.0.0.0/8 ',
  '::/129',
  'unix',
  '10.0.0.0/',
])('a text %p is no network', (text) => {
  expect(networks.parse(text)).toBeUndefined();
});

test('an address lies in a network of its own family, and what is no address in none', () => {
  const lies = networks.matcher(['10.0.0.0/8', '2001:db8::/32']);
  expect(['10.255.0.1', '2001:db8::7'].map(lies)).toEqual([true, true]);
  expect(['11.0.0.1', '2001:db9::7', 'unix', '', '10.0.0.0/8'].map(lies)).toEqual(Array(5).fill(false));
  expect(networks.matcher(['0.0.0.0/0'])('2001:db8::7')).toBe(false);
});
