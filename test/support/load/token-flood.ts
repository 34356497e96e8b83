import { createSecretKey } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../../src/auth/clock';
import { createSecretKeyring } from '../../../src/crypto/keys/secret-keyring';
import { createAccessTokens } from '../../../src/crypto/tokens/access-tokens';
import { validateMessage } from '../../../src/transport/methods/messages';
import { authMethods } from '../../../src/transport/methods/methods';
import { anId } from '../domain/builders';

// Verifies tokens that were never seen, asks about each twice, as `Validate` does, and prints after each round of so
// many: the entries that are remembered, and how many bytes more than at the start are alive.

const ROUND = 12_500;
const ROUNDS = 5;
const TTL_MS = 30 * 60_000;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const living = (): number => {
  // The second waits until what the first has found dead is swept, buffers outside of the heap among it.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const keyring = createSecretKeyring({ current: createSecretKey(Buffer.alloc(40, 1)), previous: undefined });
const options = { keyring, clock: systemClock, issuer: 'postern', audience: 'postern', accessTtlMs: TTL_MS };
const issuer = createAccessTokens(options);
const tokens = createAccessTokens(options);
const encode = authMethods({} as Parameters<typeof authMethods>[0]).find(({ path }) =>
  path.endsWith('/Validate'),
)?.encode;

function validateOnce(token: string): void {
  encode?.(validateMessage(tokens.verify(token).claims));
}

const before = living();
for (let round = 0; round < ROUNDS; round += 1) {
  for (let n = 0; n < ROUND; n += 1) {
    const subject = { userId: anId(), username: `user-${n}`, roles: ['user'], sessionId: anId() };
    const { token } = issuer.issue(subject, Date.now() + TTL_MS);
    validateOnce(token);
    validateOnce(token);
  }
  process.stdout.write(`${JSON.stringify({ ...tokens.cacheStats(), bytes: living() - before })}\n`);
}
