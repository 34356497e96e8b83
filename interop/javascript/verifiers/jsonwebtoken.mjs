import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { JwksClient } from 'jwks-rsa';

function keyOf({ algorithm, secret, jwksUrl }) {
  const client = new JwksClient({ jwksUri: jwksUrl });
  return algorithm === 'HS256'
    ? secret
    : ({ kid }, callback) => client.getSigningKey(kid, (error, key) => callback(error, key?.getPublicKey()));
}

export function minimal(job) {
  return (token) => promisify(jwt.verify)(token, keyOf(job));
}

export function configured(job) {
  const { algorithm, issuer, audience } = job;
  return (token) => promisify(jwt.verify)(token, keyOf(job), { algorithms: [algorithm], issuer, audience });
}
