import { createVerifier } from 'fast-jwt';

const chooseKey = ({ algorithm, secret, pem }) => (algorithm === 'HS256' ? secret : pem);

export const minimal = (job) => createVerifier({ key: chooseKey(job) });
export const configured = (job) =>
  createVerifier({
    key: chooseKey(job),
    algorithms: [job.algorithm],
    allowedIss: job.issuer,
    allowedAud: job.audience,
  });
