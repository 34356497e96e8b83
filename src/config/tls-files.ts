import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { errorCode } from './text-file';

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}

interface Paths {
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly clientCaFile: string | undefined;
}

/** All of the files or none, each readable, the key belonging to the certificate; else adds to `faults`. */
export function checkTlsFiles(
  { certFile: cert, keyFile: key, clientCaFile: clientCa }: Paths,
  faults: string[],
): TlsConfig | undefined {
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  if (cert === undefined) faults.push('TLS_CERT_FILE: is not set, but another TLS file is; set it too');
  if (key === undefined) faults.push('TLS_KEY_FILE: is not set, but another TLS file is; set it too');
  const certPem = read('TLS_CERT_FILE', cert, faults);
  const keyPem = read('TLS_KEY_FILE', key, faults);
  const caPem = read('TLS_CLIENT_CA_FILE', clientCa, faults);
  if (caPem !== undefined && !isCertificate(caPem)) faults.push(noCertificate('TLS_CLIENT_CA_FILE'));
  if (certPem === undefined || keyPem === undefined || cert === undefined || key === undefined) return undefined;
  if (!isCertificate(certPem)) faults.push(noCertificate('TLS_CERT_FILE'));
  else if (!belongTogether(certPem, keyPem)) {
    faults.push('TLS_KEY_FILE: is not the private key of TLS_CERT_FILE; check that both files are of one pair');
  }
  return { certFile: cert, keyFile: key, clientCaFile: clientCa };
}

function read(name: string, path: string | undefined, faults: string[]): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    faults.push(`${name}: the file cannot be read (${errorCode(cause)}); check the path and its permissions`);
    return undefined;
  }
}

function isCertificate(pem: Buffer): boolean {
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}

function noCertificate(name: string): string {
  return `${name}: holds no certificate in PEM; write one that begins with -----BEGIN CERTIFICATE-----`;
}

function belongTogether(cert: Buffer, key: Buffer): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}
