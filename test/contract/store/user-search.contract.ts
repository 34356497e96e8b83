import type { NamePosition } from '../../../src/auth/accounts/users';
import { aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function userSearchContract(open: OpenFresh): void {
  describe('The search for users by the beginning of a name', () => {
    const fixture = storeFixture(open);
    const search = async (prefix: string, limit = 100, after?: NamePosition) => {
      const { found, next } = await fixture().store.users.search({ prefix, limit, after }, testCall());
      return { ids: found.map(({ user }) => user.id), positions: found.map(({ position }) => position), next };
    };
    const ids = async (prefix: string) => (await search(prefix)).ids;
    /** The pages of a search from its beginning to its end. */
    const pages = async (prefix: string, limit: number) => {
      const all: string[][] = [];
      for (let after: NamePosition | undefined; all.length < 10_000; ) {
        const { ids: page, next } = await search(prefix, limit, after);
        all.push(page);
        if (next === undefined) break;
        after = next;
      }
      return all;
    };
    const insert = async (email: string, username: string) => {
      const user = aUser({ email, username });
      await fixture().store.users.insert(user, testCall());
      return user.id;
    };

    test('finds by email or username, each user once, in the order of the name that matched', async () => {
      const byUsername = await insert('countess@example.com', 'Lovelace');
      const byEmail = await insert('loveland@example.com', 'ada-1');
      const byBoth = await insert('lovely@example.com', 'lovely-too');
      await insert('not-love@example.com', 'not-love');
      expect(await ids('lov')).toEqual([byUsername, byEmail, byBoth]);
      expect(await ids('lovela')).toEqual([byUsername, byEmail]);
      expect(await ids('loveland@')).toEqual([byEmail]);
      expect(await pages('lov', 1)).toEqual([[byUsername], [byEmail], [byBoth], []]);
      expect((await pages('lov', 2)).flat()).toEqual([byUsername, byEmail, byBoth]);
    });

    test('goes on after every user that it found', async () => {
      for (let i = 0; i < 12; i += 1) await insert(`walk-${i}@example.com`, i % 2 === 0 ? `walk-${i}` : `stroll-${i}`);
      const all = await search('walk');
      expect([all.ids.length, all.next]).toEqual([12, undefined]);
      for (const [i, position] of all.positions.entries()) {
        expect((await search('walk', 100, position)).ids).toEqual(all.ids.slice(i + 1));
      }
    });

    test('looks at as many names as a page has rows, where all of one kind come first', async () => {
      // Every email comes before every username, and both match: the second half of all entries are repetitions.
      const made: string[] = [];
      for (let i = 0; i < 30; i += 1) made.push(await insert(`tw-a${10 + i}@example.com`, `tw-z${10 + i}`));
      const found = await pages('tw-', 5);
      expect(found.flat()).toEqual(made);
      expect(found.map(({ length }) => length)).toEqual([5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0]);
    });

    test('compares the prefix by its comparison key', async () => {
      const id = await insert('StraßeNord@example.com', 'ｗeit');
      expect(await ids('STRASSEn')).toEqual([id]);
      expect(await ids('straß')).toEqual([id]);
      expect(await ids('WEI')).toEqual([id]);
    });

    test('takes every character of the prefix as it is', async () => {
      const dotted = await insert('q.q@example.com', 'q.q');
      const under = await insert('q_q@example.com', 'q_q');
      const plus = await insert('q+q$^*@example.com', 'q-q');
      await insert('qxq@example.com', 'qxq');
      expect(await ids('q.')).toEqual([dotted]);
      expect(await ids('q_')).toEqual([under]);
      expect(await ids('q+q$^*')).toEqual([plus]);
      for (const pattern of ['.*', '^q', 'q%', '%', '_q', '(q', '[q', 'q\\', 'q|', 'q?', '$', '{"$ne":""}']) {
        expect(await ids(pattern)).toEqual([]);
      }
    });

    test('takes weird text as a prefix and weird bytes as a position', async () => {
      await fixture().store.users.insert(aUser({ kind: 'service', email: '' }), testCall());
      for (const text of ['\0', 'q\0', '\ud800', '\uffff', '__proto__', 'x'.repeat(5000), 'ﷺ'.repeat(254)]) {
        expect(await ids(text)).toEqual([]);
        for (const name of ['email', 'username'] as const) {
          const { ids: found } = await search('q', 10, { name, key: Buffer.from(text) });
          expect(Array.isArray(found)).toBe(true);
        }
      }
      expect((await search('q', 10, { name: 'email', key: Buffer.alloc(3, 0xff) })).ids).toEqual([]);
      expect((await search('walk', 10, { name: 'email', key: Buffer.alloc(0) })).ids).toHaveLength(10);
    });

    test('finds among very many with the same beginning', async () => {
      const made: string[] = [];
      for (let start = 0; start < 2400; start += 400) {
        const users = Array.from({ length: 400 }, (_, i) => {
          const n = String(start + i).padStart(4, '0');
          return aUser({ email: `crowd${n}@example.com`, username: `other-${n}` });
        });
        await Promise.all(users.map((user) => fixture().store.users.insert(user, testCall())));
        made.push(...users.map(({ id }) => id));
      }
      expect((await search('CROWD', 50)).ids).toEqual(made.slice(0, 50));
      expect((await pages('crowd', 1000)).map(({ length }) => length)).toEqual([1000, 1000, 400]);
      expect((await pages('crowd', 700)).flat()).toEqual(made);
      expect(await ids('crowd2399')).toEqual(made.slice(2399));
    });
  });
}
