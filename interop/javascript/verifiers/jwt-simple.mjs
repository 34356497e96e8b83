import jwt from 'jwt-simple';

const chooseKey = ({ algorithm, secret, pem }) => (algorithm === 'HS256' ? secret : pem);

export const minimal = (job) => (token) => jwt.decode(token, chooseKey(job));
export const configured = (job) => (token) => jwt.decode(token, chooseKey(job), false, job.algorithm);
