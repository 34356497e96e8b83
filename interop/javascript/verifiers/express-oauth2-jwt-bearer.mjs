import { once } from 'node:events';
import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';

function verifierOf({ algorithm, secret, jwksUrl, issuer, audience }, options) {
  const key = algorithm === 'HS256' ? { secret, tokenSigningAlg: 'HS256' } : { jwksUri: jwksUrl };
  const application = express();
  application.get('/', auth({ issuer, audience, ...key, ...options }), (_request, response) => response.end());
  application.use((error, _request, response, _next) => response.status(error.status ?? 500).end(error.message));
  return async (token) => {
    const server = application.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers });
    const text = await response.text();
    server.close();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  };
}

export const minimal = (job) => verifierOf(job, {});
/** Checks the profile of RFC 9068. */
export const configured = (job) => verifierOf(job, { strict: true });
