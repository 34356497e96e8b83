import { v7 } from 'uuid';
import type { ApiKeyFields } from '../../../src/auth/api-keys/api-key-fields';
import { type Domain, PASSWORD, refusalReason } from '../../support/domain/domain';
import {
  aPerson,
  login,
  NEW_PASSWORD,
  openDomainWithMail,
  readToken,
  requestReset,
  reset,
  stored,
  verify,
} from './tools';

const FIELDS: ApiKeyFields = { name: 'mine', roles: [], expiresAt: undefined, allowedCidrs: [] };

let domain: Domain;
beforeEach(async () => {
  domain = await openDomainWithMail();
});
afterEach(() => domain.close());

/** A user who has registered the address of another person, and left behind what can be left behind. */
async function anAttacker() {
  const attacker = await aPerson(domain);
  const bearer = () => domain.bearer(attacker.tokens.accessToken);
  const { apiKey } = await domain.auth.createMyApiKey(FIELDS, ...bearer());
  const { accessToken } = await domain.auth.exchangeApiKey({ apiKey, roles: [], ttlSeconds: 0 }, domain.call());
  await domain.auth.requestEmailChange({ newEmail: 'attacker@evil.example', password: PASSWORD }, ...bearer());
  const change = readToken((await domain.sendMails()).find(({ kind }) => kind === 'email-change'));
  return { ...attacker, bearer, apiKey, exchanged: accessToken, change };
}

const validate = (accessToken: string) =>
  refusalReason(() => domain.auth.validate({ accessToken, allowAnonymous: false, fresh: false }, domain.call()));

describe('An attacker who registered the address of another person first', () => {
  test('keeps nothing once the owner of the address resets the password [I5]', async () => {
    const { user, tokens, apiKey, exchanged, change } = await anAttacker();
    const secondSession = await login(domain, user.username);
    await reset(domain, await requestReset(domain, user.email));
    expect(await refusalReason(() => login(domain, user.username))).toBe('BAD_CREDENTIALS');
    for (const token of [tokens.accessToken, secondSession.tokens.accessToken, apiKey, exchanged]) {
      expect(await validate(token)).toBe('TOKEN_REVOKED');
    }
    for (const { refreshToken } of [tokens, secondSession.tokens]) {
      expect(await refusalReason(() => domain.auth.refresh({ refreshToken }, domain.call()))).toBe(
        'INVALID_REFRESH_TOKEN',
      );
    }
    expect(await refusalReason(() => verify(domain, change))).toBe('INVALID_ACCOUNT_TOKEN');
    expect(await stored(domain, user.id)).toMatchObject({ email: user.email, emailVerified: true });
    const revoked = domain.events.filter(({ type }) => type === 'api_key.revoked');
    expect(revoked).toMatchObject([{ userId: user.id, reason: 'password_reset' }]);
  });

  test('keeps nothing by a call that is on its way while the owner resets the password [I5]', async () => {
    const { user, bearer } = await anAttacker();
    const token = await requestReset(domain, user.email);
    const [[caller, made], [again, call]] = [bearer(), bearer()];
    // Both have proved who they are, and are held up in the store until the reset is over.
    const { apiKeys, mailOutbox, accountTokens } = domain.store;
    let release = () => {};
    const over = new Promise<void>((resolve) => {
      release = resolve;
    });
    const [insert, issue] = [apiKeys.insert.bind(apiKeys), accountTokens.issue.bind(accountTokens)];
    apiKeys.insert = async (...args) => over.then(() => insert(...args));
    accountTokens.issue = async (...args) => over.then(() => issue(...args));
    const key = refusalReason(() => domain.auth.createMyApiKey(FIELDS, caller, made));
    const request = { newEmail: 'other@evil.example', password: PASSWORD };
    const change = refusalReason(() => domain.auth.requestEmailChange(request, again, call));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await reset(domain, token);
    release();
    expect(await key).toBe('TOKEN_REVOKED');
    await change;
    apiKeys.insert = insert;
    accountTokens.issue = issue;
    const now = domain.clock.now();
    const keys = await apiKeys.list({ userId: user.id, after: undefined, limit: 10 }, domain.call());
    expect(keys.filter(({ revokedAt }) => revokedAt === null || revokedAt.getTime() > now)).toEqual([]);
    const kinds = (await domain.sendMails()).map(({ kind }) => kind);
    expect(kinds).not.toContain('email-change');
    expect((await mailOutbox.backlog(domain.call())).waiting).toBe(0);
  });

  test('changes no address by a call on a replica whose clock is ahead, begun before the reset [I5]', async () => {
    let aheadMs = 0;
    await domain.close();
    domain = await openDomainWithMail({ ids: { next: () => v7({ msecs: Date.now() + aheadMs }) } });
    const { user, bearer } = await anAttacker();
    const token = await requestReset(domain, user.email);
    const { accountTokens } = domain.store;
    const issue = accountTokens.issue.bind(accountTokens);
    accountTokens.issue = async (issued, call) => {
      accountTokens.issue = issue;
      aheadMs = 0;
      await reset(domain, token);
      return issue(issued, call);
    };
    aheadMs = 3_600_000;
    const [caller, call] = bearer();
    await domain.auth.requestEmailChange({ newEmail: 'other@evil.example', password: PASSWORD }, caller, call);
    const kinds = (await domain.sendMails()).map(({ kind }) => kind);
    expect(kinds).not.toContain('email-change');
    expect(kinds).toContain('password-changed-notice');
  });

  test('makes no key on a replica that has not yet heard that the session has ended [I5]', async () => {
    const { user, bearer } = await anAttacker();
    const [caller, call] = bearer();
    await reset(domain, await requestReset(domain, user.email));
    expect(await refusalReason(() => domain.auth.createMyApiKey(FIELDS, caller, call))).toBe('TOKEN_REVOKED');
  });

  test('keeps no key when the reset dies before the password is set, and the owner tries again [I5]', async () => {
    const { user, apiKey } = await anAttacker();
    const { users } = domain.store;
    const setPasswordHash = users.setPasswordHash.bind(users);
    for (const isAfter of [false, true]) {
      users.setPasswordHash = async (...args) => {
        if (isAfter) await setPasswordHash(...args);
        throw new Error('the process has died');
      };
      const token = await requestReset(domain, user.email);
      await expect(reset(domain, token)).rejects.toThrow('the process has died');
      expect(await validate(apiKey)).toBe('TOKEN_REVOKED');
      domain.clock.advance(60_000);
    }
    users.setPasswordHash = setPasswordHash;
    await reset(domain, await requestReset(domain, user.email));
    expect(await validate(apiKey)).toBe('TOKEN_REVOKED');
  });

  test('is not the owner who had verified the address: that one keeps the API keys', async () => {
    const { user, verification, bearer, apiKey } = await anAttacker();
    await verify(domain, verification);
    await reset(domain, await requestReset(domain, user.email));
    expect(await validate(apiKey)).toBe('OK');
    expect(await refusalReason(async () => domain.auth.getCurrentUser(...bearer()))).toBe('TOKEN_REVOKED');
    await login(domain, user.username, NEW_PASSWORD);
  });
});
