import nJwt from 'njwt';

const keyOf = ({ algorithm, secret, pem }) => (algorithm === 'HS256' ? secret : pem);

export const minimal = (job) => (token) => nJwt.verify(token, keyOf(job));
export const configured = (job) => (token) => nJwt.verify(token, keyOf(job), job.algorithm);
