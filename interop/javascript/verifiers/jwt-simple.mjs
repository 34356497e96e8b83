import jwt from 'jwt-simple';

const keyOf = ({ algorithm, secret, pem }) => (algorithm === 'HS256' ? secret : pem);

export const minimal = (job) => (token) => jwt.decode(token, keyOf(job));
export const configured = (job) => (token) => jwt.decode(token, keyOf(job), false, job.algorithm);
