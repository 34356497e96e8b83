import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { JwksClient } from 'jwks-rsa';

function chooseKey({ algorithm, secret, jwksUrl }) {
  const client = new JwksClient({ jwksUri: jwksUrl });
  return algorithm === 'HS256'
    ? secret
    : ({ kid }, callback) => client.getSigningKey(kid, (error, key) => callback(error, key?.getPublicKey()));
}

export function minimal(job) {
  return (token) => promisify(jwt.verify)(token, chooseKey(job));
}

export function configured(job) {
  const { algorithm, issuer, audience } = job;
  return (token) => promisify(jwt.verify)(token, chooseKey(job), { algorithms: [algorithm], issuer, audience });
}
