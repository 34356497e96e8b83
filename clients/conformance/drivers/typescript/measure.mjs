import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const OURS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', 'proto');
const WARM_UP = 20_000;

/** What one answer about a token costs, by the client or by what takes its place. */
export async function measure({ way = 'local', token, tokens = [token], n, concurrency = 1 }, client, opened) {
  const { validate, close } = ways[way](client, opened);
  const texts = tokens.map((text) => Buffer.from(text, 'latin1'));
  await run(validate, texts, Math.min(n, Math.max(WARM_UP, texts.length)), concurrency);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await run(validate, texts, n, concurrency);
  const tookMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  close();
  return { ns_per_validate: (tookMs * 1e6) / n, cpu_ns_per_validate: ((user + system) * 1e3) / n };
}

const ways = {
  local: (client) => ({ validate: (token) => client.validate(token), close: () => {} }),
  remote(_client, { address }) {
    const definition = loadSync('postern/auth/v1/auth_service.proto', { includeDirs: [OURS], defaults: true });
    const { AuthService } = loadPackageDefinition(definition).postern.auth.v1;
    const service = new AuthService(address, credentials.createInsecure());
    const validate = (accessToken) =>
      new Promise((resolve, reject) => {
        service.Validate({ accessToken }, (error, reply) => (error === null ? resolve(reply) : reject(error)));
      });
    return { validate, close: () => service.close() };
  },
  library(_client, { jwksUrl }) {
    const keys = createRemoteJWKSet(new URL(jwksUrl));
    const options = { issuer: 'postern', audience: 'postern', typ: 'at+jwt', algorithms: ['ES256', 'RS256'] };
    return { validate: (token) => jwtVerify(token, keys, options), close: () => {} };
  },
};

/** Each token comes as a text of its own, as one of a request does: making it is part of what is measured. */
async function run(validate, texts, n, concurrency) {
  let next = 0;
  const worker = async () => {
    while (next < n) {
      const token = texts[next % texts.length].latin1Slice();
      next += 1;
      await validate(token);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
