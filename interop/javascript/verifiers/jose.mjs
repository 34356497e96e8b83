import { createRemoteJWKSet, jwtVerify } from 'jose';

function verifierOf({ algorithm, secret, jwksUrl, issuer, audience }, options) {
  const key = algorithm === 'HS256' ? new TextEncoder().encode(secret) : createRemoteJWKSet(new URL(jwksUrl));
  return (token) => jwtVerify(token, key, { issuer, audience, ...options });
}

export const minimal = (job) => verifierOf(job, {});
export const configured = (job) => verifierOf(job, { algorithms: [job.algorithm], typ: 'at+jwt' });
