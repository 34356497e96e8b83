import express from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import { askServer } from '../ask-server.mjs';

function buildVerifier({ algorithm, secret, jwksUrl, issuer, audience }, options) {
  const key = algorithm === 'HS256' ? { secret, tokenSigningAlg: 'HS256' } : { jwksUri: jwksUrl };
  const application = express();
  application.get('/', auth({ issuer, audience, ...key, ...options }), (_request, response) => response.end());
  application.use((error, _request, response, _next) => response.status(error.status ?? 500).end(error.message));
  return askServer(application);
}

export const minimal = (job) => buildVerifier(job, {});
/** Checks the profile of RFC 9068. */
export const configured = (job) => buildVerifier(job, { strict: true });
