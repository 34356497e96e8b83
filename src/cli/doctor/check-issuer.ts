import type { Settings } from '../../config/config';
import { type Finding, ok } from './finding';

/** What JWT_ISSUER means to programs that verify tokens themselves. A note: every value has its use. */
export function checkIssuer({ issuer, algorithm }: Pick<Settings['tokens'], 'issuer' | 'algorithm'>): Finding {
  if (algorithm === 'HS256') {
    return ok('issuer', 'Verifiers are given SECRET_KEY; those that discover keys need JWT_ALGORITHM=RS256 or ES256');
  }
  if (!/^https?:\/\//i.test(issuer)) {
    return ok(
      'issuer',
      'JWT_ISSUER is not a URL: verifiers are given the address of /.well-known/jwks.json; for those that discover it ' +
        'through the issuer, set JWT_ISSUER to the https URL of the HTTP port',
    );
  }
  if (!/^https:/i.test(issuer)) {
    return ok(
      'issuer',
      'JWT_ISSUER is a URL without TLS: many verifiers discover keys over https only; for those, set it to the https ' +
        'URL of the HTTP port',
    );
  }
  return ok('issuer', 'JWT_ISSUER is a URL: verifiers discover the keys below it, if it is that of the HTTP port');
}
