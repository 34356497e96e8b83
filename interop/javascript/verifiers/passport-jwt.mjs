import express from 'express';
import { passportJwtSecret } from 'jwks-rsa';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { askServer } from '../ask-server.mjs';

function buildVerifier({ algorithm, secret, jwksUrl }, options) {
  const key =
    algorithm === 'HS256' ? { secretOrKey: secret } : { secretOrKeyProvider: passportJwtSecret({ jwksUri: jwksUrl }) };
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken();
  const authenticator = new passport.Passport();
  authenticator.use(new Strategy({ jwtFromRequest, ...key, ...options }, (claims, done) => done(null, claims)));
  const application = express();
  const guard = authenticator.authenticate('jwt', { session: false });
  application.get('/', guard, (_request, response) => response.end());
  return askServer(application);
}

export const minimal = (job) => buildVerifier(job, {});
export const configured = (job) =>
  buildVerifier(job, { algorithms: [job.algorithm], issuer: job.issuer, audience: job.audience });
