import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Set: clients must show a certificate of this authority. */
  readonly clientCaFile?: string | undefined;
}

/** Forward secrecy and authenticated encryption only (OWASP ASVS 5.0, 12.1.2); the first three are those of TLS 1.3. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** What TLS needs of these files. @throws when one cannot be read or is no certificate or key */
export function readTlsContext(files: TlsFiles): SecureContextOptions {
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.clientCaFile === undefined ? {} : { ca: authorities(files.clientCaFile) }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
  };
}

/** OpenSSL takes a file without a certificate for a list without an authority, and then refuses all clients. @throws */
function authorities(file: string): string {
  const text = readFileSync(file, 'utf8');
  for (const one of text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? ['']) {
    new X509Certificate(one);
  }
  return text;
}

/** Changes when one of the files does. @throws when one cannot be read */
export function fingerprint({ certFile, keyFile, clientCaFile }: TlsFiles): string {
  const files = clientCaFile === undefined ? [certFile, keyFile] : [certFile, keyFile, clientCaFile];
  return files
    .map((file) => statSync(file))
    .map(({ mtimeMs, ino, size }) => `${mtimeMs}:${ino}:${size}`)
    .join();
}
