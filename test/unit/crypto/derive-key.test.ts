import { createHmac, createSecretKey } from 'node:crypto';
import { deriveKey, deriveKeyId } from '../../../src/crypto/keys/derive-key';

const secret = createSecretKey(Buffer.from('a secret of at least thirty-two characters'));

describe('derived keys', () => {
  it('are HKDF-SHA256 (RFC 5869) of the secret', () => {
    const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret.export()).digest();
    const info = Buffer.from('postern/v1/refresh-token-mac\u0001', 'latin1');
    const expected = createHmac('sha256', extracted).update(info).digest();
    expect(deriveKey(secret, 'refresh-token-mac').export()).toEqual(expected);
  });

  it('differ by purpose and from the secret', () => {
    const purposes = ['access-token-kid', 'refresh-token-mac', 'refresh-token-kid', 'signing-key-encryption'] as const;
    const keys = purposes.map((purpose) => deriveKey(secret, purpose).export().toString('hex'));
    expect(new Set([...keys, secret.export().toString('hex')]).size).toBe(5);
  });

  it('have ids of 16 hex digits, the same on every replica', () => {
    expect(deriveKeyId(secret, 'access-token-kid')).toMatch(/^[0-9a-f]{16}$/);
    expect(deriveKeyId(createSecretKey(secret.export()), 'access-token-kid')).toBe(
      deriveKeyId(secret, 'access-token-kid'),
    );
  });
});
