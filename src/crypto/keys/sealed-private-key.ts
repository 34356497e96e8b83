import { createCipheriv, createDecipheriv, createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';

const FORMAT = 'v1.';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a sealed key is bound to: it cannot be opened as another one. */
export interface SealedFor {
  readonly id: string;
  readonly algorithm: string;
}

/**
 * Encrypts a private key (PKCS #8) with AES-256-GCM under a nonce of its own: `v1.` and base64url of nonce, tag,
 * ciphertext.
 */
export function sealPrivateKey(privateKey: KeyObject, sealedFor: SealedFor, key: KeyObject): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo(sealedFor));
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);
  return FORMAT + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The private key, or undefined when another key or another binding sealed it, or it was changed. */
export function openPrivateKey(text: string, sealedFor: SealedFor, key: KeyObject): KeyObject | undefined {
  const bytes = Buffer.from(text.slice(FORMAT.length), 'base64url');
  if (!text.startsWith(FORMAT) || bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(boundTo(sealedFor))
    .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    const privateKey = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    plain.fill(0);
    return privateKey;
  } catch {
    return undefined;
  }
}

function boundTo({ id, algorithm }: SealedFor): Buffer {
  return Buffer.from(JSON.stringify([id, algorithm]));
}
