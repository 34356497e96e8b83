import { createSecretKey, randomBytes } from 'node:crypto';
import { createSecretKeyring } from '../../../src/crypto/keys/secret-keyring';
import { aSubject, aTokenIssuer } from '../../contract/token-issuer';
import { testCall } from '../../support/domain/call';

const UNLIMITED = Number.MAX_SAFE_INTEGER;
const aSecret = () => createSecretKey(randomBytes(40));

describe('the keys of SECRET_KEY', () => {
  it('a secret is changed in three steps and every token of every replica is accepted throughout [C9]', async () => {
    const [old, next] = [aSecret(), aSecret()];
    const steps = [
      { current: old, previous: undefined },
      { current: old, previous: next },
      { current: next, previous: old },
      { current: next, previous: undefined },
    ];
    const replicas = await Promise.all(steps.map((secrets) => aTokenIssuer('HS256', { secrets })));
    for (const [at, here] of replicas.entries()) {
      const { token } = here.tokens.issue(aSubject(), UNLIMITED);
      const neighbours = replicas.slice(Math.max(at - 1, 0), at + 2);
      for (const neighbour of neighbours) expect(neighbour.tokens.verify(token).claims.username).toBe('ada');
    }
  });

  it('a secret that is gone verifies nothing [C9]', async () => {
    const [old, next] = [aSecret(), aSecret()];
    const before = await aTokenIssuer('HS256', { secrets: { current: old, previous: undefined } });
    const after = await aTokenIssuer('HS256', { secrets: { current: next, previous: undefined } });
    const { token } = before.tokens.issue(aSubject(), UNLIMITED);
    expect(() => after.tokens.verify(token)).toThrow('INVALID_TOKEN');
  });

  it('the previous secret never signs', async () => {
    const [old, next] = [aSecret(), aSecret()];
    const here = await aTokenIssuer('HS256', { secrets: { current: next, previous: old } });
    const only = await aTokenIssuer('HS256', { secrets: { current: next, previous: undefined } });
    const { token } = here.tokens.issue(aSubject(), UNLIMITED);
    expect(only.tokens.verify(token).claims.username).toBe('ada');
  });

  it('are never published, and are not rotated by the service', async () => {
    const keyring = createSecretKeyring({ current: aSecret(), previous: aSecret() });
    expect(keyring.jwks()).toEqual({ keys: [] });
    expect(keyring.dueForRotation(Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(await keyring.rotateIfDue(testCall())).toBeUndefined();
    await expect(keyring.rotate(testCall())).rejects.toMatchObject({ reason: 'KEY_NOT_ROTATABLE' });
  });
});
