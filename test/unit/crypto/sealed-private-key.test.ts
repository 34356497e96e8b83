import { createSecretKey, randomBytes } from 'node:crypto';
import { generateKeys } from '../../../src/crypto/keys/key-pair';
import { openPrivateKey, sealPrivateKey } from '../../../src/crypto/keys/sealed-private-key';

const key = createSecretKey(randomBytes(32));

describe('a sealed private key', () => {
  it('opens to the same key, and has another text each time', async () => {
    const pair = await generateKeys('ES256');
    const sealed = sealPrivateKey(pair.privateKey, pair, key);
    expect(openPrivateKey(sealed, pair, key)?.equals(pair.privateKey)).toBe(true);
    expect(sealPrivateKey(pair.privateKey, pair, key)).not.toBe(sealed);
    expect(
      Buffer.from(sealed.slice(3), 'base64url').includes(pair.privateKey.export({ format: 'der', type: 'pkcs8' })),
    ).toBe(false);
  });

  it('does not open with another key, for another kid, for another algorithm, or when a byte was changed', async () => {
    const pair = await generateKeys('ES256');
    const sealed = sealPrivateKey(pair.privateKey, pair, key);
    expect(openPrivateKey(sealed, pair, createSecretKey(randomBytes(32)))).toBeUndefined();
    expect(openPrivateKey(sealed, { ...pair, id: 'another' }, key)).toBeUndefined();
    expect(openPrivateKey(sealed, { ...pair, algorithm: 'RS256' }, key)).toBeUndefined();
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(openPrivateKey(`v1.${changed.toString('base64url')}`, pair, key)).toBeUndefined();
    }
    for (const text of ['', 'v1.', 'v1.AAAA', sealed.slice(0, 40), sealed.slice(3), `v2.${sealed.slice(3)}`]) {
      expect(openPrivateKey(text, pair, key)).toBeUndefined();
    }
  });
});
