import { koaJwtSecret } from 'jwks-rsa';
import Koa from 'koa';
import koaJwt from 'koa-jwt';
import { askServer } from '../ask-server.mjs';

function buildVerifier({ algorithm, secret, jwksUrl }, options) {
  const key = algorithm === 'HS256' ? secret : koaJwtSecret({ jwksUri: jwksUrl });
  const application = new Koa();
  application.silent = true;
  application.use(koaJwt({ secret: key, algorithms: [algorithm], debug: true, ...options }));
  application.use((context) => {
    context.body = 'accepted';
  });
  return askServer(application.callback());
}

export const minimal = (job) => buildVerifier(job, {});
export const configured = (job) => buildVerifier(job, { issuer: job.issuer, audience: job.audience });
