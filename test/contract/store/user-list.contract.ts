import { aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function userListContract(open: OpenFresh): void {
  describe('The list of users', () => {
    const fixture = storeFixture(open);
    const list = async (prefix: string, limit = 100, after?: string) => {
      const found = await fixture().store.users.list({ prefix, limit, after }, testCall());
      return found.map(({ id }) => id);
    };
    const insert = async (email: string, username: string) => {
      const user = aUser({ email, username });
      await fixture().store.users.insert(user, testCall());
      return user.id;
    };

    test('pages through everybody in the order of ids', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 25; i += 1) ids.push(await insert(`page${24 - i}@example.com`, `pager-${24 - i}`));
      expect(ids).toEqual([...ids].sort());
      expect(await list('page', 10)).toEqual(ids.slice(0, 10));
      expect(await list('page', 10, ids[9])).toEqual(ids.slice(10, 20));
      expect(await list('page', 10, ids[19])).toEqual(ids.slice(20));
      expect(await list('page', 10, ids[24])).toEqual([]);
      expect((await list('', 1000)).slice(-25)).toEqual(ids);
      expect(await list('', 5, ids[3])).toEqual(ids.slice(4, 9));
    });

    test('finds by the beginning of the email or of the username, each user once', async () => {
      const byEmail = await insert('lovelace@example.com', 'ada-1');
      const byUsername = await insert('countess@example.com', 'Lovelace');
      const byBoth = await insert('lovely@example.com', 'lovely-too');
      await insert('not-love@example.com', 'not-love');
      expect(await list('lov')).toEqual([byEmail, byUsername, byBoth]);
      expect(await list('lovelace')).toEqual([byEmail, byUsername]);
      expect(await list('lovelace@')).toEqual([byEmail]);
      expect(await list('lov', 2)).toEqual([byEmail, byUsername]);
      expect(await list('lov', 2, byUsername)).toEqual([byBoth]);
    });

    test('compares the prefix by its comparison key', async () => {
      const id = await insert('StraßeNord@example.com', 'ｗeit');
      expect(await list('STRASSEn')).toEqual([id]);
      expect(await list('straß')).toEqual([id]);
      expect(await list('WEI')).toEqual([id]);
    });

    test('takes every character of the prefix as it is', async () => {
      const dotted = await insert('q.q@example.com', 'q.q');
      const under = await insert('q_q@example.com', 'q_q');
      const plus = await insert('q+q$^*@example.com', 'q-q');
      await insert('qxq@example.com', 'qxq');
      expect(await list('q.')).toEqual([dotted]);
      expect(await list('q_')).toEqual([under]);
      expect(await list('q+q$^*')).toEqual([plus]);
      for (const pattern of ['.*', '^q', 'q%', '%', '_q', '(q', '[q', 'q\\', 'q|', 'q?', '$', '{"$ne":""}']) {
        expect(await list(pattern)).toEqual([]);
      }
    });

    test('takes weird text as a prefix or a position', async () => {
      for (const text of ['\0', 'q\0', '\ud800', '\uffff', '__proto__', 'x'.repeat(5000), 'ﷺ'.repeat(254)]) {
        expect(await list(text)).toEqual([]);
        expect(Array.isArray(await list('', 10, text))).toBe(true);
      }
    });

    test('finds among very many with the same beginning', async () => {
      const ids: string[] = [];
      for (let start = 0; start < 2400; start += 400) {
        const users = Array.from({ length: 400 }, (_, i) =>
          aUser({ email: `crowd${start + i}@example.com`, username: `crowd-${start + i}` }),
        );
        await Promise.all(users.map((user) => fixture().store.users.insert(user, testCall())));
        ids.push(...users.map(({ id }) => id));
      }
      expect(await list('CROWD', 50)).toEqual(ids.slice(0, 50));
      expect(await list('crowd', 50, ids[1200])).toEqual(ids.slice(1201, 1251));
      expect(await list('crowd', 3000)).toEqual(ids);
      expect(await list('crowd-2399')).toEqual(ids.slice(2399));
    });
  });
}
