import express from 'express';
import { expressjwt } from 'express-jwt';
import { expressJwtSecret } from 'jwks-rsa';
import { askServer } from '../ask-server.mjs';

function buildVerifier({ algorithm, secret, jwksUrl }, options) {
  const key = algorithm === 'HS256' ? secret : expressJwtSecret({ jwksUri: jwksUrl });
  const application = express();
  const guard = expressjwt({ secret: key, algorithms: [algorithm], ...options });
  application.get('/', guard, (_request, response) => response.end());
  application.use((error, _request, response, _next) => response.status(error.status ?? 500).end(error.message));
  return askServer(application);
}

export const minimal = (job) => buildVerifier(job, {});
export const configured = (job) => buildVerifier(job, { issuer: job.issuer, audience: job.audience });
