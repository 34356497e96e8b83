import { JwtVerifier } from 'aws-jwt-verify';

const create = ({ issuer, audience, jwksUrl }) => JwtVerifier.create({ issuer, audience, jwksUri: jwksUrl });

export function minimal(job) {
  const verifier = create(job);
  return (token) => verifier.verify(token);
}

/** Keys that the program read itself, since this library reads them over https only. */
export async function configured(job) {
  const verifier = create(job);
  verifier.cacheJwks(await (await fetch(job.jwksUrl)).json());
  return (token) => verifier.verify(token);
}
