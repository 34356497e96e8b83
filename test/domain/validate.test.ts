import { AuthError, CallEndedError } from '../../src/auth/errors';
import { isAnonymous } from '../../src/auth/tokens/principal';
import { type Domain, openDomain, refusalReason } from '../support/domain/domain';
import { countIterations } from '../support/domain/iterations';
import { collectUnhandled } from '../support/domain/unhandled-rejections';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

interface Asked {
  allowAnonymous?: boolean;
  fresh?: boolean;
  bearer?: string;
}

const validate = async (accessToken: string, { allowAnonymous = false, fresh = false, bearer = '' }: Asked = {}) =>
  domain.auth.validate({ accessToken, allowAnonymous, fresh }, domain.call({ bearer }));

test('Validate finds the user of a token, from the field or from the bearer, without a promise and without a store read', async () => {
  const { tokens, user } = await domain.signedIn();
  const reads = [jest.spyOn(domain.store.users, 'findById'), jest.spyOn(domain.store.sessions, 'find')];
  const input = { accessToken: tokens.accessToken, allowAnonymous: false, fresh: false };
  expect(domain.auth.validate(input, domain.call())).toMatchObject({
    userId: user.id,
    username: user.username,
    roles: ['user'],
    sessionId: tokens.sessionId,
  });
  expect(await validate('', { bearer: tokens.accessToken })).toMatchObject({ userId: user.id });
  for (const read of reads) expect(read).not.toHaveBeenCalled();
});

test('Validate takes the token of the field before the bearer', async () => {
  const [one, two] = [await domain.signedIn(), await domain.signedIn()];
  const who = await validate(one.tokens.accessToken, { bearer: two.tokens.accessToken });
  expect(who).toMatchObject({ userId: one.user.id });
});

test('Validate refuses no token, a bad one, an expired one, one of an ended session, a deleted user and a disabled user', async () => {
  const { tokens, user } = await domain.signedIn();
  expect(await refusalReason(() => validate(''))).toBe('INVALID_TOKEN');
  expect(await refusalReason(() => validate('abc'))).toBe('INVALID_TOKEN');
  expect(await refusalReason(() => validate(tokens.refreshToken))).toBe('INVALID_TOKEN');
  await domain.auth.logout(tokens, domain.call());
  expect(await refusalReason(() => validate(tokens.accessToken))).toBe('TOKEN_REVOKED');
  const again = await domain.login(user.username);
  await domain.admin.setUserActive({ userId: user.id, active: false }, '', domain.call());
  expect(await refusalReason(() => validate(again.tokens.accessToken))).toBe('USER_INACTIVE');
  await domain.admin.setUserActive({ userId: user.id, active: true }, '', domain.call());
  expect(await refusalReason(() => validate(again.tokens.accessToken))).toBe('TOKEN_REVOKED');
  const last = await domain.login(user.username);
  await domain.admin.deleteUser({ userId: user.id }, '', domain.call());
  expect(await refusalReason(() => validate(last.tokens.accessToken))).toBe('TOKEN_REVOKED');
  const other = await domain.signedIn();
  domain.clock.advance(1_800_000);
  expect(await refusalReason(() => validate(other.tokens.accessToken))).toBe('TOKEN_EXPIRED');
});

test('Validate with allow_anonymous answers with an anonymous principal and the reason, instead of refusing', async () => {
  const { tokens } = await domain.signedIn();
  expect(await validate('', { allowAnonymous: true })).toEqual({ anonymousReason: 'INVALID_TOKEN' });
  await domain.auth.logout(tokens, domain.call());
  for (const fresh of [false, true]) {
    const who = await validate(tokens.accessToken, { allowAnonymous: true, fresh });
    expect(isAnonymous(who) && who.anonymousReason).toBe('TOKEN_REVOKED');
  }
  const known = await domain.signedIn();
  expect(await validate(known.tokens.accessToken, { allowAnonymous: true })).toMatchObject({ userId: known.user.id });
});

test('Validate answers with the current roles for a token issued before they changed [C10]', async () => {
  const { tokens, user } = await domain.signedIn();
  const asAdmin = () => domain.auth.checkRole({ accessToken: tokens.accessToken, roles: ['admin'] }, domain.call());
  expect(await refusalReason(asAdmin)).toBe('ROLE_MISSING');
  await domain.admin.setUserRoles({ userId: user.id, roles: ['user', 'admin'] }, '', domain.call());
  expect(asAdmin()).toMatchObject({ matchedRole: 'admin', principal: { roles: ['user', 'admin'] } });
  expect(await validate(tokens.accessToken)).toMatchObject({ roles: ['user', 'admin'] });
});

test('CheckRole matches roles exactly, names the first that is held, and audits a denial [C10]', async () => {
  const { tokens, user } = await domain.signedIn();
  const check = (...roles: string[]) =>
    domain.auth.checkRole({ accessToken: tokens.accessToken, roles }, domain.call());
  for (const role of ['User', 'use', 'users', 'user ', '', 'constructor']) {
    expect(await refusalReason(() => check(role))).toBe('ROLE_MISSING');
  }
  expect((await check('admin', 'user')).matchedRole).toBe('user');
  expect(await refusalReason(() => check())).toBe('INVALID_FIELDS');
  expect(domain.events.filter(({ type }) => type === 'role.denied')).toHaveLength(6);
  expect(domain.events.at(-1)).toMatchObject({ userId: user.id });
});

test('Validate with fresh reads what another process wrote and the feed has not brought', async () => {
  const { tokens, user } = await domain.signedIn();
  await domain.store.users.setRoles(user.id, ['moderator'], domain.call());
  expect(await validate(tokens.accessToken)).toMatchObject({ roles: ['user'] });
  expect(await validate(tokens.accessToken, { fresh: true })).toMatchObject({ roles: ['moderator'] });
  await domain.store.sessions.end(tokens.sessionId, { at: new Date(), reason: 'revoked' }, domain.call());
  expect(await refusalReason(() => validate(tokens.accessToken))).toBe('OK');
  expect(await refusalReason(() => validate(tokens.accessToken, { fresh: true }))).toBe('TOKEN_REVOKED');
});

test('Validate refuses when its process has been out of touch with the feed for too long, anonymous callers too', async () => {
  await domain.close();
  domain = await openDomain();
  const { tokens } = await domain.signedIn();
  jest.spyOn(domain.deps.revocations, 'stalenessMs').mockReturnValue(30_001);
  expect(await refusalReason(() => validate(tokens.accessToken))).toBe('STORE_UNAVAILABLE');
  expect(await refusalReason(() => validate(tokens.accessToken, { allowAnonymous: true }))).toBe('STORE_UNAVAILABLE');
});

test('BatchValidate answers per token, in order, and refuses none and more than a hundred', async () => {
  const { tokens, user } = await domain.signedIn();
  const ended = await domain.signedIn();
  await domain.auth.logout(ended.tokens, domain.call());
  const results = domain.auth.batchValidate([tokens.accessToken, 'x', ended.tokens.accessToken, ''], domain.call());
  expect(results).toMatchObject([
    { userId: user.id },
    { reason: 'INVALID_TOKEN' },
    { reason: 'TOKEN_REVOKED' },
    { reason: 'INVALID_TOKEN' },
  ]);
  expect(await refusalReason(() => domain.auth.batchValidate([], domain.call()))).toBe('INVALID_FIELDS');
  expect(await refusalReason(() => domain.auth.batchValidate(Array(101).fill('x'), domain.call()))).toBe(
    'INVALID_FIELDS',
  );
});

describe('A batch whose tokens take long to verify', () => {
  /** Each token takes a millisecond. */
  const verifySlowly = () => {
    const verify = domain.deps.accessTokens.verify;
    jest.spyOn(domain.deps.accessTokens, 'verify').mockImplementation((token) => {
      domain.clock.advance(1);
      return verify(token);
    });
  };

  test('answers all of them in order, and lets other calls be answered in between', async () => {
    const { tokens, user } = await domain.signedIn();
    verifySlowly();
    const batch = [tokens.accessToken, 'x', ...Array(18).fill(tokens.accessToken)];
    const [results, iterations] = await countIterations(() => domain.auth.batchValidate(batch, domain.call()));
    expect(results).toHaveLength(20);
    expect(results).toMatchObject(batch.map((_, i) => (i === 1 ? { reason: 'INVALID_TOKEN' } : { userId: user.id })));
    expect(iterations).toBeGreaterThanOrEqual(4);
  });

  test('is refused as a whole where an API key cannot be looked up, and leaves no unhandled rejection', async () => {
    const { tokens } = await domain.signedIn();
    verifySlowly();
    const outage = new AuthError('STORE_UNAVAILABLE', { retryAfterSeconds: 1 });
    jest.spyOn(domain.deps, 'verifyApiKey').mockRejectedValue(outage);
    const batch = ['pstn_x', ...Array(19).fill(tokens.accessToken)];
    const unhandled = await collectUnhandled(() =>
      expect(domain.auth.batchValidate(batch, domain.call())).rejects.toBe(outage),
    );
    expect(unhandled).toEqual([]);
  });

  test('is given up when its caller has gone', async () => {
    const { tokens } = await domain.signedIn();
    verifySlowly();
    const call = { ...domain.call(), cancelled: false };
    const results = domain.auth.batchValidate(Array(20).fill(tokens.accessToken), call);
    call.cancelled = true;
    await expect(results).rejects.toThrow(CallEndedError);
    expect(domain.deps.accessTokens.verify).toHaveBeenCalledTimes(4);
  });
});
