import { createRemoteJWKSet, jwtVerify } from 'jose';

function buildVerifier({ algorithm, secret, jwksUrl, issuer, audience }, options) {
  const key = algorithm === 'HS256' ? new TextEncoder().encode(secret) : createRemoteJWKSet(new URL(jwksUrl));
  return (token) => jwtVerify(token, key, { issuer, audience, ...options });
}

export const minimal = (job) => buildVerifier(job, {});
export const configured = (job) => buildVerifier(job, { algorithms: [job.algorithm], typ: 'at+jwt' });
