import { createHash, randomBytes } from 'node:crypto';
import {
  ENDED_TOKEN_RETENTION_MS,
  type StoredAccountToken,
} from '../../../src/auth/account-tokens/stored-account-tokens';
import { anId } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

const HOUR_MS = 3_600_000;

function anAccountToken(overrides: Partial<StoredAccountToken> = {}): StoredAccountToken {
  return {
    id: anId(),
    purpose: 'password-reset',
    userId: anId(),
    address: 'ada@example.com',
    epoch: 1,
    tokenHash: createHash('sha256').update(randomBytes(16)).digest('base64url'),
    expiresAt: new Date(Date.now() + HOUR_MS),
    ...overrides,
  };
}

export function accountTokensContract(open: OpenFresh): void {
  describe('StoredAccountTokens', () => {
    const fixture = storeFixture(open);
    const tokens = () => fixture().store.accountTokens;
    const issue = (token: StoredAccountToken) => tokens().issue(token, testCall());
    const find = ({ tokenHash }: StoredAccountToken) => tokens().find(tokenHash, testCall());
    const consume = ({ tokenHash }: StoredAccountToken, at = new Date()) => tokens().consume(tokenHash, at, testCall());
    const issued = async (overrides: Partial<StoredAccountToken> = {}) => {
      const token = anAccountToken(overrides);
      expect(await issue(token)).toBe('issued');
      return token;
    };

    test('brings back a token as it was issued, and ends it once', async () => {
      const token = await issued();
      expect(await find(token)).toEqual(token);
      expect(await find(anAccountToken())).toBeUndefined();
      expect(await consume(token)).toEqual(token);
      expect(await find(token)).toBeUndefined();
      expect(await consume(token)).toBeUndefined();
    });

    test('lets exactly one of 32 parallel consumptions over two stores win [I2]', async () => {
      const stores = [fixture().store, await fixture().another()];
      for (let round = 0; round < 5; round += 1) {
        const token = await issued();
        const won = await Promise.all(
          Array.from({ length: 32 }, (_, i) =>
            (stores[i % 2] ?? fixture().store).accountTokens.consume(token.tokenHash, new Date(), testCall()),
          ),
        );
        expect(won.filter((one) => one !== undefined)).toEqual([token]);
      }
    });

    test('does not consume a token that has expired, and still finds it', async () => {
      const token = await issued();
      expect(await consume(token, token.expiresAt)).toBeUndefined();
      expect(await find(token)).toEqual(token);
      expect(await consume(token, new Date(token.expiresAt.getTime() - 1))).toEqual(token);
    });

    test('lets a newer token void the older of its user and purpose, and no other', async () => {
      const old = await issued();
      const otherPurpose = await issued({ userId: old.userId, purpose: 'email-verification' });
      const otherUser = await issued();
      const newer = await issued({ userId: old.userId });
      expect(await find(old)).toBeUndefined();
      expect(await consume(old)).toBeUndefined();
      for (const token of [otherPurpose, otherUser, newer]) expect(await find(token)).toEqual(token);
      expect(await issue(old)).toBe('superseded');
      expect(await find(newer)).toEqual(newer);
    });

    test('keeps the newest of 20 tokens that are issued in parallel over two stores', async () => {
      const stores = [fixture().store, await fixture().another()];
      const userId = anId();
      const all = Array.from({ length: 20 }, () => anAccountToken({ userId }));
      const answers = await Promise.all(
        all.map((token, i) => (stores[i % 2] ?? fixture().store).accountTokens.issue(token, testCall())),
      );
      expect(answers.at(-1)).toBe('issued');
      const found = await Promise.all(all.map(find));
      expect(found).toEqual(all.map((token, i) => (i === 19 ? token : undefined)));
    });

    test('issues a token again under its id: until it is consumed, and not in another epoch', async () => {
      const token = await issued();
      const again = { ...token, tokenHash: `${token.tokenHash}2`, expiresAt: new Date(Date.now() + 2 * HOUR_MS) };
      expect(await issue({ ...again, epoch: 2 })).toBe('superseded');
      expect(await find(token)).toEqual(token);
      expect(await issue(again)).toBe('renewed');
      expect(await find(token)).toBeUndefined();
      expect(await find(again)).toEqual(again);
      await consume(again);
      expect(await issue(again)).toBe('superseded');
      expect(await issue(token)).toBe('superseded');
      expect(await find(again)).toBeUndefined();
      await issued({ userId: token.userId });
    });

    test('voids all of a user, and those that were asked for before but are issued later [I3]', async () => {
      const userId = anId();
      const late = anAccountToken({ userId, purpose: 'email-change' });
      const live = await issued({ userId });
      const other = await issued();
      const asOf = anId();
      await tokens().voidAll(userId, asOf, new Date(), testCall());
      expect(await find(live)).toBeUndefined();
      expect(await consume(live)).toBeUndefined();
      expect(await issue(live)).toBe('superseded');
      expect(await issue(late)).toBe('superseded');
      expect(await find(late)).toBeUndefined();
      expect(await find(other)).toEqual(other);
      await issued({ userId });
      await issued({ userId, purpose: 'email-change' });
    });

    test('voids a token whose id is greater than what is voided, for the clocks of replicas differ', async () => {
      const asOf = anId();
      const token = await issued();
      await tokens().voidAll(token.userId, asOf, new Date(), testCall());
      expect(await find(token)).toBeUndefined();
      expect(await issue(token)).toBe('superseded');
    });

    test('forgets everything of a deleted user and of no other', async () => {
      const token = await issued();
      const other = await issued();
      await tokens().deleteAll(token.userId, testCall());
      expect(await find(token)).toBeUndefined();
      expect(await find(other)).toEqual(other);
      expect(await issue(token)).toBe('issued');
      expect(await consume(other)).toEqual(other);
    });

    test('go by themselves two days after their end', async () => {
      const long = fixture().clock.now() - ENDED_TOKEN_RETENTION_MS;
      const old = await issued({ expiresAt: new Date(long - 1_000) });
      const recent = await issued({ expiresAt: new Date(long + HOUR_MS) });
      const used = await issued();
      await consume(used);
      await fixture().swept();
      expect(await find(old)).toBeUndefined();
      expect(await find(recent)).toEqual(recent);
      expect(await issue(used)).toBe('superseded');
    });
  });
}
