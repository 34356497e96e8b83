import nJwt from 'njwt';

const chooseKey = ({ algorithm, secret, pem }) => (algorithm === 'HS256' ? secret : pem);

export const minimal = (job) => (token) => nJwt.verify(token, chooseKey(job));
export const configured = (job) => (token) => nJwt.verify(token, chooseKey(job), job.algorithm);
