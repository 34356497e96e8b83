import { publicUser } from '../../../src/auth/accounts/users';
import { AuthError } from '../../../src/auth/errors';
import { MAIL_LIMITS } from '../../../src/auth/outgoing-mail/mail-limits';
import { aMail, anId, aSession, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';
import { buildRotation } from './rotation.contract';

const WEIRD = [
  '{"$ne":""}',
  '{"$gt":""}',
  '$where',
  '__proto__',
  'constructor',
  'toString',
  "' OR '1'='1",
  '.*',
  '%',
  '../../etc/passwd',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff-low',
  '\uffff',
  '',
  ' ',
  '\r\n\u001b[31m',
  'x'.repeat(2000),
  'ﷺ'.repeat(64),
  '𝔘𝔫𝔦'.repeat(40),
];

export function literalTextContract(open: OpenFresh): void {
  describe('Text from callers', () => {
    const fixture = storeFixture(open);
    beforeAll(async () => {
      for (let i = 0; i < 5; i += 1) await fixture().store.users.insert(aUser({ roles: ['admin'] }), testCall());
      await fixture().store.sessions.insert(aSession(), testCall());
    });

    test.each(WEIRD.map((text) => [text]))('matches nothing it is not, as an id or a name: %j [G1]', async (text) => {
      const { users, sessions } = fixture().store;
      const call = testCall();
      const at = new Date();
      const missing = { reason: 'USER_NOT_FOUND' };
      expect(await users.findById(text, call)).toBeUndefined();
      expect(await users.findByEmail(text, call)).toBeUndefined();
      expect(await users.findByUsername(text, call)).toBeUndefined();
      expect(await users.replacePasswordHash(text, { from: text, to: 'x', voidSessions: true }, call)).toBeUndefined();
      const setHash = { to: 'x', epoch: 1, email: text, provesEmail: true };
      expect(await users.setPasswordHash(text, setHash, call)).toBeUndefined();
      const replace = { from: text, to: 'x@example.com', epoch: 1, verified: true };
      expect(await users.replaceEmail(text, replace, call)).toBeUndefined();
      const { accountTokens, mailLimits } = fixture().store;
      expect(await accountTokens.find(text, call)).toBeUndefined();
      expect(await accountTokens.consume(text, at, call)).toBeUndefined();
      await accountTokens.voidAll(text, text, at, call);
      await accountTokens.deleteAll(text, call);
      expect(await mailLimits.take(`literal ${text}`, anId(), MAIL_LIMITS, at.getTime(), call)).toBe(true);
      await expect(users.setRoles(text, ['user'], call)).rejects.toMatchObject(missing);
      await expect(users.setActive(text, false, call)).rejects.toMatchObject(missing);
      await expect(users.delete(text, call)).rejects.toMatchObject(missing);
      expect(await sessions.find(text, call)).toBeUndefined();
      expect(await sessions.rotate(text, buildRotation(aSession(), { saltHash: text }), call)).toBeUndefined();
      expect(await sessions.end(text, { at, reason: 'revoked', where: { userId: text } }, call)).toBeUndefined();
      expect(await sessions.endMany([text], { at, reason: 'revoked' }, call)).toBe(0);
      expect(await sessions.listLive(text, { now: at }, call)).toEqual([]);
      expect(await sessions.listOpenIds(text, call)).toEqual([]);
      expect(await sessions.surplus(text, { exceptId: text, keep: 0, atMost: 100 }, at, call)).toEqual([]);
      await sessions.setEpoch(text, 9, call);
      await fixture().store.signingKeys.delete(text, call);
      const { mailOutbox } = fixture().store;
      expect(await mailOutbox.finish({ mail: aMail({ id: text }), attempt: 0 }, call)).toBe(false);
      expect(await mailOutbox.postpone({ mail: aMail({ id: text }), attempt: 0 }, 0, call)).toBe(false);
    });

    test.each(WEIRD.map((text) => [text]))('is kept as it is, or refused, as a name: %j [G1]', async (text) => {
      const { users } = fixture().store;
      const user = aUser({ email: `${text}@example.com`, username: `name-${text}` });
      const inserted = await users.insert(user, testCall()).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(AuthError);
          return false;
        },
      );
      const found = await users.findByEmail(user.email, testCall());
      if (inserted && text.isWellFormed()) expect(found).toEqual(user);
      expect(await users.findByUsername(`name-${text}x`, testCall())).toBeUndefined();
    });

    test('distinguishes long names that differ at the end only, and finds them by a long prefix', async () => {
      const { users } = fixture().store;
      const long = 'ﷺ'.repeat(63);
      const [one, other] = [aUser({ username: `${long}a` }), aUser({ username: `${long}b` })];
      for (const user of [one, other]) await users.insert(user, testCall());
      expect(await users.findByUsername(one.username, testCall())).toEqual(one);
      expect(await users.findByUsername(other.username, testCall())).toEqual(other);
      const list = async (prefix: string) => {
        const { found } = await users.search({ prefix, after: undefined, limit: 10 }, testCall());
        return found.map(({ user }) => publicUser(user));
      };
      expect(await list(`${long}B`)).toEqual([publicUser(other)]);
      expect((await list('ﷺ'.repeat(62))).map(({ id }) => id)).toEqual(expect.arrayContaining([one.id, other.id]));
      await expect(users.insert(aUser({ username: `${long}A` }), testCall())).rejects.toMatchObject({
        reason: 'USERNAME_TAKEN',
      });
    });
  });
}
