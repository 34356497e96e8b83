import Hapi from '@hapi/hapi';
import Jwt from '@hapi/jwt';

async function buildVerifier({ issuer, audience }, keys) {
  const server = Hapi.server();
  await server.register(Jwt.plugin);
  const verify = { aud: audience, iss: issuer, sub: false };
  server.auth.strategy('jwt', 'jwt', { keys, verify, validate: () => ({ isValid: true }) });
  server.route({ method: 'GET', path: '/', options: { auth: 'jwt' }, handler: () => 'accepted' });
  await server.initialize();
  return async (token) => {
    const headers = { authorization: `Bearer ${token}` };
    const { statusCode, result } = await server.inject({ url: '/', headers });
    if (statusCode !== 200) throw new Error(`${statusCode} ${result.message}`);
  };
}

export const minimal = (job) => buildVerifier(job, job.algorithm === 'HS256' ? job.secret : { uri: job.jwksUrl });
export const configured = (job) =>
  buildVerifier(job, { key: job.algorithm === 'HS256' ? job.secret : job.pem, algorithms: [job.algorithm] });
