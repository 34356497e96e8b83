import { createVerifier } from 'fast-jwt';

const keyOf = ({ algorithm, secret, pem }) => (algorithm === 'HS256' ? secret : pem);

export const minimal = (job) => createVerifier({ key: keyOf(job) });
export const configured = (job) =>
  createVerifier({ key: keyOf(job), algorithms: [job.algorithm], allowedIss: job.issuer, allowedAud: job.audience });
