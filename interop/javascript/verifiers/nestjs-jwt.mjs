import 'reflect-metadata';
import { JwtService } from '@nestjs/jwt';

function buildVerifier({ algorithm, secret, pem }, verifyOptions) {
  const key = algorithm === 'HS256' ? { secret } : { publicKey: pem };
  const service = new JwtService({ ...key, verifyOptions });
  return (token) => service.verifyAsync(token);
}

export const minimal = (job) => buildVerifier(job, { algorithms: [job.algorithm] });
export const configured = (job) =>
  buildVerifier(job, { algorithms: [job.algorithm], issuer: job.issuer, audience: job.audience });
