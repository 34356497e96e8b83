import jwt from '@fastify/jwt';
import Fastify from 'fastify';
import buildGetJwks from 'get-jwks';

/** @param findDomain where get-jwks reads the keys, by the claims */
async function buildVerifier({ algorithm, secret }, findDomain, verify = {}) {
  const getJwks = buildGetJwks();
  const server = Fastify();
  const findKey = (_request, { header: { kid, alg }, payload }) =>
    getJwks.getPublicKey({ kid, domain: findDomain(payload), alg });
  const options = algorithm === 'HS256' ? { secret } : { decode: { complete: true }, secret: findKey };
  server.register(jwt, { ...options, verify });
  server.get('/', { onRequest: (request) => request.jwtVerify() }, () => 'accepted');
  await server.ready();
  return async (token) => {
    const response = await server.inject({ url: '/', headers: { authorization: `Bearer ${token}` } });
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.json().message}`);
  };
}

/** As both READMEs show: the keys are below the issuer. */
export const minimal = (job) => buildVerifier(job, ({ iss }) => iss);
export const configured = (job) =>
  buildVerifier(job, () => job.base, { allowedIss: job.issuer, allowedAud: job.audience });
