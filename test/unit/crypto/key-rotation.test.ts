import { createSecretKey, randomBytes } from 'node:crypto';
import { ACCESS_TTL_MS, aSubject, aTokenIssuer, splitToken, type TokenIssuer } from '../../contract/token-issuer';
import { TestClock } from '../../support/domain/clock';
import { SigningKeysInMemory } from './signing-keys-in-memory';

const UNLIMITED = Number.MAX_SAFE_INTEGER;
const PROPAGATION_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const aSecret = () => createSecretKey(randomBytes(40));
const readKid = ({ tokens }: TokenIssuer) => splitToken(tokens.issue(aSubject(), UNLIMITED).token).header.kid;

function aService() {
  return {
    secrets: { current: aSecret(), previous: undefined },
    signingKeys: new SigningKeysInMemory(),
    clock: new TestClock(),
  };
}

describe('rotation of shared key pairs', () => {
  it('publishes a key before it signs', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', service);
    const first = here.keyring.signing().id;
    const next = await here.keyring.rotate(here.internalCall());
    expect(here.keyring.jwks().keys.map(({ kid }) => kid)).toEqual([first, next]);
    service.clock.advance(PROPAGATION_MS - 1);
    expect(readKid(here)).toBe(first);
    service.clock.advance(1);
    expect(readKid(here)).toBe(next);
  });

  it('publishes a scheduled key for KEY_LEAD_HOURS before it signs, since some verifiers read the key set by the clock [C9]', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', { ...service, leadMs: DAY_MS });
    const first = here.keyring.signing().id;
    service.clock.advance(90 * DAY_MS);
    const next = await here.keyring.rotateIfDue(here.internalCall());
    expect(here.keyring.jwks().keys.map(({ kid }) => kid)).toEqual([first, next]);
    service.clock.advance(DAY_MS - 1);
    expect(await here.keyring.rotateIfDue(here.internalCall())).toBeUndefined();
    expect(readKid(here)).toBe(first);
    service.clock.advance(1);
    expect(readKid(here)).toBe(next);
  });

  it('lets an emergency rotation sign after a minute although a scheduled key waits, and never goes back to that [C9]', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', { ...service, leadMs: DAY_MS });
    service.clock.advance(90 * DAY_MS);
    const scheduled = await here.keyring.rotateIfDue(here.internalCall());
    const urgent = await here.keyring.rotate(here.internalCall());
    service.clock.advance(PROPAGATION_MS);
    expect(readKid(here)).toBe(urgent);
    service.clock.advance(2 * DAY_MS);
    await here.keyring.refresh(here.internalCall());
    expect(readKid(here)).toBe(urgent);
    expect(here.keyring.find(scheduled ?? '')).toBeUndefined();
  });

  it('gives a requested rotation the lead that it asks for, and a minute at least', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', service);
    const first = here.keyring.signing().id;
    const next = await here.keyring.rotate(here.internalCall(), HOUR_MS);
    service.clock.advance(HOUR_MS - 1);
    expect(readKid(here)).toBe(first);
    service.clock.advance(1);
    expect(readKid(here)).toBe(next);
  });

  it('keeps the old key until its last token has expired, then drops it everywhere [C9]', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', service);
    const first = here.keyring.signing().id;
    await here.keyring.rotate(here.internalCall());
    service.clock.advance(PROPAGATION_MS - 1);
    const { token } = here.tokens.issue(aSubject(), UNLIMITED);
    service.clock.advance(ACCESS_TTL_MS - 1000);
    await here.keyring.refresh(here.internalCall());
    expect(here.tokens.verify(token).claims.username).toBe('ada');
    service.clock.advance(PROPAGATION_MS + 1001);
    await here.keyring.refresh(here.internalCall());
    expect(here.keyring.find(first)).toBeUndefined();
    expect(here.keyring.jwks().keys).toHaveLength(1);
    expect(service.signingKeys.keys.map(({ id }) => id)).not.toContain(first);
  });

  it('forgets verified tokens of a key that is gone [C9]', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', service);
    const { token } = here.tokens.issue(aSubject(), UNLIMITED);
    here.tokens.verify(token);
    service.signingKeys.keys = [];
    await here.keyring.refresh(here.internalCall());
    expect(() => here.tokens.verify(token)).toThrow('INVALID_TOKEN');
    expect(here.tokens.cacheStats().size).toBe(0);
  });

  it('refuses no token of any replica, whatever the order in which they refresh, over many rotations [C9]', async () => {
    const service = aService();
    const replicas = await Promise.all([1, 2, 3].map(() => aTokenIssuer('ES256', service)));
    const isLive = (token: string) => Number(splitToken(token).payload.exp) * 1000 > service.clock.now();
    let tokens: string[] = [];
    for (let step = 0; step < 400; step += 1) {
      service.clock.advance(20_000);
      const here = replicas[(step * 7) % 3] as TokenIssuer;
      await here.keyring.refresh(here.internalCall());
      if (step % 25 === 0) await here.keyring.rotate(here.internalCall());
      tokens.push(...replicas.map((replica) => replica.tokens.issue(aSubject(), UNLIMITED).token));
      tokens = tokens.filter(isLive);
      const sample = step % 10 === 0 ? tokens : [];
      for (const replica of replicas) expect(sample.map(replica.tokens.verify)).toHaveLength(sample.length);
    }
    expect(service.signingKeys.keys.length).toBeLessThanOrEqual(6);
  });

  it('makes one key when all replicas find it due at the same moment', async () => {
    const service = aService();
    const replicas = await Promise.all([1, 2, 3, 4].map(() => aTokenIssuer('ES256', service)));
    const rotate = () => Promise.all(replicas.map(({ keyring, internalCall }) => keyring.rotateIfDue(internalCall())));
    expect(await rotate()).toEqual([undefined, undefined, undefined, undefined]);
    service.clock.advance(90 * DAY_MS);
    const made = await rotate();
    expect(new Set(made).size).toBe(1);
    expect(made[0]).toEqual(expect.any(String));
    expect(service.signingKeys.keys).toHaveLength(2);
    expect(await rotate()).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('two that are asked for at the same moment make one key, and both name it', async () => {
    const service = aService();
    const [here, there] = [await aTokenIssuer('ES256', service), await aTokenIssuer('ES256', service)];
    const names = await Promise.all([here, there].map(({ keyring, internalCall }) => keyring.rotate(internalCall())));
    expect(names[0]).toBe(names[1]);
    expect(service.signingKeys.keys).toHaveLength(2);
  });

  it('a change of JWT_ALGORITHM is one: both sides accept the tokens of the other', async () => {
    const service = aService();
    const old = await aTokenIssuer('ES256', service);
    service.clock.advance(HOUR_MS);
    const next = await aTokenIssuer('RS256', service);
    const made = await next.keyring.rotateIfDue(next.internalCall());
    expect(next.keyring.signing().algorithm).toBe('ES256');
    await old.keyring.refresh(old.internalCall());
    service.clock.advance(PROPAGATION_MS);
    expect(next.keyring.signing()).toMatchObject({ id: made, algorithm: 'RS256' });
    expect(old.tokens.verify(next.tokens.issue(aSubject(), UNLIMITED).token).claims.username).toBe('ada');
    expect(await old.keyring.rotateIfDue(old.internalCall())).toBeUndefined();
  });

  it('keeps the keys when SECRET_KEY changes, and replaces them under the new one within the hour [C9]', async () => {
    const service = aService();
    const next = aSecret();
    const before = await aTokenIssuer('ES256', service);
    const { token } = before.tokens.issue(aSubject(), UNLIMITED);
    const after = await aTokenIssuer('ES256', {
      ...service,
      secrets: { current: next, previous: service.secrets.current },
    });
    expect(after.tokens.verify(token).claims.username).toBe('ada');
    expect(after.keyring.signing().id).toBe(before.keyring.signing().id);
    expect(await after.keyring.rotateIfDue(after.internalCall())).toBeUndefined();
    service.clock.advance(HOUR_MS);
    const replaced = await after.keyring.rotateIfDue(after.internalCall());
    service.clock.advance(PROPAGATION_MS);
    const alone = await aTokenIssuer('ES256', { ...service, secrets: { current: next, previous: undefined } });
    expect(alone.keyring.signing().id).toBe(replaced);
  });

  it('an older read that arrives late does not undo a newer one', async () => {
    const service = aService();
    const here = await aTokenIssuer('ES256', service);
    const list = service.signingKeys.list.bind(service.signingKeys);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    service.signingKeys.list = async () => {
      service.signingKeys.list = list;
      const old = await list();
      await held;
      return old;
    };
    const late = here.keyring.refresh(here.internalCall());
    const kid = await here.keyring.rotate(here.internalCall());
    release();
    await late;
    expect(here.keyring.find(kid)?.id).toBe(kid);
  });
});
