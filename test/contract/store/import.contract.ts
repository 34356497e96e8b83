import type { StoredUser } from '../../../src/auth/accounts/users';
import { anId, aUser } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

/** `Users.import`: accounts of another system, many at once. */
export function importContract(open: OpenFresh): void {
  describe('Imported users', () => {
    const fixture = storeFixture(open);
    const users = () => fixture().store.users;
    const anImport = (overrides: Partial<StoredUser> = {}) =>
      aUser({ externalId: anId(), importDigest: 'a.b', ...overrides });

    test('Import stores each user with external_id, hash and time as they came', async () => {
      const rows = [
        anImport({ createdAt: new Date('2019-03-04T05:06:07Z'), active: false, passwordHash: '' }),
        anImport({
          externalId: 'auth0|$ne.ö',
          passwordHash: '$2b$10$a',
          emailVerified: true,
          roles: ['user', 'admin'],
        }),
      ];
      expect(await users().import(rows, testCall())).toEqual(['imported', 'imported']);
      for (const row of rows) {
        expect(await users().findById(row.id, testCall())).toEqual(row);
        expect(await users().findByEmail(row.email, testCall())).toEqual(row);
        expect(await users().findByUsername(row.username, testCall())).toEqual(row);
      }
      const found = await users().findByExternalIds(
        [...rows.map(({ externalId = '' }) => externalId), 'x'],
        testCall(),
      );
      expect([...found]).toEqual(rows.map((row) => [row.externalId, row]));
    });

    test('Import answers every user in its place, and stores nothing of those that are in the way of others', async () => {
      const before = anImport();
      await users().import([before], testCall());
      const native = aUser();
      await users().insert(native, testCall());
      const rows = [
        anImport(),
        anImport({ externalId: before.externalId ?? '' }),
        anImport({ email: native.email.toUpperCase() }),
        anImport({ username: native.username.toUpperCase() }),
        anImport({ externalId: before.externalId ?? '', email: native.email }),
        anImport(),
      ];
      const answers = ['imported', before, 'EMAIL_TAKEN', 'USERNAME_TAKEN', before, 'imported'];
      expect(await users().tryImport(rows, testCall())).toEqual(answers);
      expect(await users().findById(rows[0]?.id ?? '', testCall())).toBeUndefined();
      expect(await users().import(rows, testCall())).toEqual(answers);
      for (const [i, { id }] of rows.entries()) {
        const isStored = (await users().findById(id, testCall())) !== undefined;
        expect([i, isStored]).toEqual([i, answers[i] === 'imported']);
      }
      // Neither name nor external_id of a refused row is held.
      const { externalId, username } = rows[2] as StoredUser;
      expect(await users().import([anImport({ externalId: externalId ?? '', username })], testCall())).toEqual([
        'imported',
      ]);
    });

    test('Import finds the first of two rows of one external_id or name in one batch', async () => {
      const first = anImport();
      const rows = [first, anImport({ externalId: first.externalId ?? '' }), anImport({ email: first.email })];
      expect(await users().import(rows, testCall())).toEqual(['imported', first, 'EMAIL_TAKEN']);
    });

    test('Import of the same rows over two stores at once leaves one account each', async () => {
      const stores = [fixture().store, await fixture().another()];
      const ids = Array.from({ length: 100 }, () => anId());
      const same = () => ids.map((id) => anImport({ externalId: id, email: `${id}@example.com`, username: `n${id}` }));
      const answers = await Promise.all(
        [0, 1, 0, 1].map((i) => (stores[i] ?? fixture().store).users.import(same(), testCall())),
      );
      const found = await users().findByExternalIds(ids, testCall());
      expect(found.size).toBe(100);
      for (const [i, id] of ids.entries()) {
        const each = answers.map((answer) => answer[i]);
        expect(each.filter((answer) => answer === 'imported')).toHaveLength(1);
        expect(each.filter((answer) => answer !== 'imported')).toEqual(Array(3).fill(found.get(id)));
      }
    });

    test('Import gives the external_id free again with the deletion of its account', async () => {
      const row = anImport();
      await users().import([row], testCall());
      await users().delete(row.id, testCall());
      expect(await users().findByExternalIds([row.externalId ?? ''], testCall())).toEqual(new Map());
      expect(await users().import([{ ...row, id: anId() }], testCall())).toEqual(['imported']);
    });

    test('Import counts an admin among those that must not all be removed', async () => {
      const opened = await open();
      try {
        const row = anImport({ roles: ['admin'] });
        await opened.store.users.import([row], testCall());
        const last = opened.store.users.setActive(row.id, false, testCall());
        await expect(last).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
      } finally {
        await opened.destroy();
      }
    });

    test('The dearest imported hash of each kind is known until it is replaced or its account deleted', async () => {
      const opened = await open();
      try {
        const own = opened.store.users;
        const dearest = async () =>
          (await own.listDearestImported(testCall())).map(({ importedHashCost }) => importedHashCost).sort();
        const costing = (importedHashCost: string) => anImport({ passwordHash: importedHashCost, importedHashCost });
        expect(await dearest()).toEqual([]);
        const [small, middle, large, other] = [
          costing('bcrypt:0016'),
          costing('bcrypt:1024'),
          costing('bcrypt:4096'),
          costing('pbkdf2-sha256:0009'),
        ] as const;
        await own.import(
          [middle, large, small, other, anImport(), { ...costing('bcrypt:9999'), email: small.email }],
          testCall(),
        );
        expect(await dearest()).toEqual(['bcrypt:4096', 'pbkdf2-sha256:0009']);
        expect(await own.listDearestImported(testCall())).toContainEqual(
          expect.objectContaining({ passwordHash: 'bcrypt:4096' }),
        );
        const renewed = { from: 'bcrypt:4096', to: 'new', voidSessions: false };
        expect(await own.replacePasswordHash(large.id, renewed, testCall())).not.toHaveProperty('importedHashCost');
        expect(await own.findById(large.id, testCall())).not.toHaveProperty('importedHashCost');
        expect(await dearest()).toEqual(['bcrypt:1024', 'pbkdf2-sha256:0009']);
        const reset = { to: 'new', epoch: 1, email: middle.email, provesEmail: true };
        expect(await own.setPasswordHash(middle.id, reset, testCall())).not.toHaveProperty('importedHashCost');
        await own.setRoles(small.id, ['user', 'moderator'], testCall());
        expect(await dearest()).toEqual(['bcrypt:0016', 'pbkdf2-sha256:0009']);
        await own.delete(small.id, testCall());
        await own.delete(other.id, testCall());
        expect(await dearest()).toEqual([]);
      } finally {
        await opened.destroy();
      }
    });

    test('Users without an external_id are not in the way of each other', async () => {
      await users().insert(aUser(), testCall());
      await users().insert(aUser(), testCall());
      expect(await users().findByExternalIds([''], testCall())).toEqual(new Map());
    });
  });
}
