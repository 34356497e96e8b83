import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TlsConfig } from '../../config/config';
import { type Finding, fault, ok, warning } from './finding';

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Looks at when the certificates are valid; that the files fit together the configuration has checked. */
export function checkTls(tls: TlsConfig | undefined, production: boolean, now: number): Finding[] {
  if (tls === undefined && !production) return [ok('tls', 'Off; not in production')];
  if (tls === undefined) {
    const advice = 'put the service behind something that speaks TLS, or set TLS_CERT_FILE and TLS_KEY_FILE';
    return [warning('tls', `Off: ${advice}`)];
  }
  const files: (readonly [string, string | undefined])[] = [
    ['TLS_CERT_FILE', tls.certFile],
    ['TLS_CLIENT_CA_FILE', tls.clientCaFile],
  ];
  return files.flatMap(([name, path]) => (path === undefined ? [] : [examineFile(name, path, now)]));
}

function examineFile(name: string, path: string, now: number): Finding {
  const all = (readFileSync(path, 'utf8').match(CERTIFICATES) ?? []).map((pem) => new X509Certificate(pem));
  const from = Math.max(...all.map(({ validFrom }) => Date.parse(validFrom)));
  const until = Math.min(...all.map(({ validTo }) => Date.parse(validTo)));
  const [begins, ends] = [new Date(from).toISOString(), new Date(until).toISOString()];
  if (until <= now) return fault('tls', `${name}: a certificate expired on ${ends}; renew it`);
  if (from > now) return fault('tls', `${name}: a certificate is valid from ${begins} only; check it, and the clock`);
  if (until - now < SOON_DAYS * DAY_MS) return warning('tls', `${name}: a certificate expires on ${ends}; renew it`);
  return ok('tls', `${name}: valid until ${ends}`);
}
