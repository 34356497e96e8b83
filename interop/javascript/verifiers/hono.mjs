import { verify, verifyWithJwks } from 'hono/jwt';

function buildVerifier({ algorithm, secret, jwksUrl }, verification) {
  return algorithm === 'HS256'
    ? (token) => verify(token, secret, { alg: 'HS256', ...verification })
    : (token) => verifyWithJwks(token, { jwks_uri: jwksUrl, allowedAlgorithms: [algorithm], verification });
}

export const minimal = (job) => buildVerifier(job, {});
export const configured = (job) => buildVerifier(job, { typ: 'at+jwt', iss: job.issuer, aud: job.audience });
