import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeySet } from '../src/keys/key-set';
import { readBounded } from '../src/keys/read-bounded';
import { readKeySet } from '../src/keys/verification-keys';
import { SteppedClock } from './support/stepped-clock';

const ec = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const jwk = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), ...more });
const set = (...keys: unknown[]): string => JSON.stringify({ keys });

function start(load: () => Promise<string>) {
  const clock = new SteppedClock();
  const keySet = new KeySet(load, clock);
  return { clock, keySet };
}

test('Of a key set only public keys for ES256 and RS256 with a kid are taken', async () => {
  const keys = await readKeySet(
    set(
      jwk(ec(), { kid: 'a', alg: 'ES256', use: 'sig' }),
      jwk(rsa, { kid: 'b', alg: 'RS256' }),
      jwk(ec(), { kid: 'for encryption', use: 'enc' }),
      jwk(ec(), { alg: 'ES256' }),
      jwk(rsa, { kid: 'PS256', alg: 'PS256' }),
      { kty: 'oct', k: 'c2VjcmV0', kid: 'secret', alg: 'HS256' },
      { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', kid: 'no point', alg: 'ES256' },
      null,
      7,
      'a',
    ),
  );
  expect([...keys].map(([kid, { algorithm }]) => [kid, algorithm])).toEqual([
    ['a', 'ES256'],
    ['b', 'RS256'],
  ]);
});

test.each([
  '',
  '{',
  '[]',
  'null',
  '{}',
  '{"keys": 7}',
  set(...Array.from({ length: 101 }, () => ({}))),
])('The document %.20s leaves the keys as they are', async (text) => {
  let document = set(jwk(ec(), { kid: 'a', alg: 'ES256' }));
  const { keySet, clock } = start(async () => document);
  await keySet.refresh();
  document = text;
  clock.pass(5_000);
  await keySet.refresh();
  expect(keySet.find('a')).toBeDefined();
  expect(keySet.isUsable()).toBe(true);
  expect(keySet.stats()).toMatchObject({ reads: 2, lastError: expect.any(Error) });
});

test('An empty key set answers for nobody; a key that is gone is not published any more, one that stays is the same', async () => {
  const [a, b] = [jwk(ec(), { kid: 'a', alg: 'ES256' }), jwk(ec(), { kid: 'b', alg: 'ES256' })];
  let document = set(a, b);
  const { keySet, clock } = start(async () => document);
  await keySet.refresh();
  const [first, second] = [keySet.find('a'), keySet.find('b')];
  document = set(b);
  clock.pass(5_000);
  await keySet.refresh();
  expect(first?.isPublished).toBe(false);
  expect(keySet.find('b')).toBe(second);
  document = set(jwk(ec(), { kid: 'b', alg: 'ES256' }));
  clock.pass(5_000);
  await keySet.refresh();
  // Another key under an old name.
  expect(second?.isPublished).toBe(false);
  document = set();
  clock.pass(5_000);
  await keySet.refresh();
  expect(keySet.isUsable()).toBe(false);
});

test('The keys are read at most once in 5 s, and once for all who wait', async () => {
  let reads = 0;
  const { keySet, clock } = start(async () => {
    reads += 1;
    return set(jwk(ec(), { kid: 'a', alg: 'ES256' }));
  });
  await Promise.all(Array.from({ length: 50 }, () => keySet.refresh()));
  await keySet.refresh();
  expect(reads).toBe(1);
  expect(keySet.isCurrent()).toBe(true);
  clock.pass(4_999);
  await keySet.refresh();
  expect(reads).toBe(1);
  clock.pass(1);
  expect(keySet.isCurrent()).toBe(false);
  await keySet.refresh();
  expect(reads).toBe(2);
});

test('Keys whose publisher is gone are used for a quarter of an hour', async () => {
  let isGone = false;
  const document = set(jwk(ec(), { kid: 'a', alg: 'ES256' }));
  const { keySet, clock } = start(async () => {
    if (isGone) throw new Error('gone');
    return document;
  });
  await keySet.refresh();
  isGone = true;
  clock.pass(15 * 60_000 - 1);
  await keySet.refresh();
  expect(keySet.isUsable()).toBe(true);
  clock.pass(1);
  expect(keySet.isUsable()).toBe(false);
});

test('A document that is huge, elsewhere, or not there is not read', async () => {
  let sent = 0;
  const server = createServer(({ url }, response) => {
    if (url === '/moved') return response.writeHead(302, { location: '/small' }).end();
    if (url === '/none') return response.writeHead(404).end(set());
    if (url === '/small') return response.end(set());
    const chunk = Buffer.alloc(64 * 1024, 0x20);
    const write = (): void => {
      sent += chunk.length;
      if (!response.destroyed) response.write(chunk, () => setImmediate(write));
    };
    return write();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await readBounded(`${base}/small`)).toBe(set());
  await expect(readBounded(`${base}/huge`)).rejects.toThrow('longer than 262144 bytes');
  await expect(readBounded(`${base}/moved`)).rejects.toThrow();
  await expect(readBounded(`${base}/none`)).rejects.toThrow('HTTP 404');
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
