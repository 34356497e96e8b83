import { jwt } from '@elysiajs/jwt';
import { Elysia } from 'elysia';

function buildVerifier({ algorithm, secret, pem }, options) {
  const key = algorithm === 'HS256' ? secret : pem;
  const application = new Elysia()
    .use(jwt({ name: 'tokens', secret: key, alg: algorithm }))
    .get('/', async ({ tokens, headers, status }) => {
      const claims = await tokens.verify(headers.authorization.slice('Bearer '.length), options);
      return claims ? 'accepted' : status(401);
    });
  return async (token) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await application.handle(new Request('http://localhost/', { headers }));
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  };
}

export const minimal = (job) => buildVerifier(job);
export const configured = (job) => buildVerifier(job, { issuer: job.issuer, audience: job.audience });
