import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onEachStore } from '../support/processes/on-each-store';
import { type PosternAndCommand, startPosternAndCommand } from '../support/processes/postern-and-command';

const EXPORTS = join(__dirname, '..', 'unit', 'cli', 'exports');
const PASSWORD = 'correct horse battery';

/** What is true of both people of every export. */
const ADA = { email: 'ada@example.com', active: true };
const BOB = { email: 'bob@example.com', active: false };

const FILES: readonly (readonly [string, string, readonly string[], object])[] = [
  ['keycloak', 'keycloak-realm.json', [], { username: 'ada', emailVerified: true }],
  ['auth0', 'auth0.ndjson', [], { username: 'ada', externalId: '60425dc43519d90068f82973', emailVerified: true }],
  [
    'firebase',
    'firebase-users.json',
    ['--hash-parameters', 'firebase-hash-parameters.txt'],
    { username: 'ada.example.com', emailVerified: true },
  ],
  ['supabase', 'supabase-auth-users.csv', [], { username: 'ada.example.com', emailVerified: true }],
  ['django', 'django-auth-user.csv', [], { username: 'ada', externalId: '1' }],
  ['kratos', 'kratos-identities.json', [], { username: 'ada', emailVerified: true }],
  [
    'csv',
    'own-table.csv',
    ['id=external_id', 'mail=email', 'login=username', 'pw=password_hash', 'registered=created_at'],
    { username: 'ada', externalId: '7', createdAt: { seconds: '1580702706' } },
  ],
  [
    'ndjson',
    'own-table.ndjson',
    ['_id=external_id', 'mail=email', 'name=username', 'pass=password_hash', 'groups=roles'],
    { username: 'ada', externalId: '7', roles: ['user'] },
  ],
];

/** Django's million rounds take a second where nothing else runs. */
const STORES = onEachStore({ REQUEST_TIMEOUT_SECONDS: '20', LOGIN_MAX_FAILURES: '100' });

async function importFile({ run, directory }: PosternAndCommand, [from, file, options]: (typeof FILES)[number]) {
  for (const name of [file, 'firebase-hash-parameters.txt']) await copyFile(join(EXPORTS, name), join(directory, name));
  const mapped = options.flatMap((option) => (option.includes('=') ? ['--map', option] : [option]));
  return run('users', 'import', file, '--from', from, ...mapped);
}

test.each(STORES)(
  'On %s every kind of export is taken as it comes, and its people log in with their old passwords',
  async (_, env) => {
    const postern = await startPosternAndCommand(env());
    const { run, login } = postern;
    try {
      for (const each of FILES) {
        const [from, , , ada] = each;
        expect([from, await importFile(postern, each)]).toMatchObject([
          from,
          { code: 0, stdout: 'Imported 2, unchanged 0, refused 0\n' },
        ]);
        expect(await importFile(postern, each)).toMatchObject({ stdout: 'Imported 0, unchanged 2, refused 0\n' });
        const isInactive = from !== 'csv' && from !== 'ndjson';
        const { stdout } = await run('users', 'show', BOB.email, '--json');
        expect(JSON.parse(stdout)).toMatchObject({ user: isInactive ? BOB : { email: BOB.email } });
        await expect(login(ADA.email, `${PASSWORD}!`)).rejects.toMatchObject({ code: 16 });
        await expect(login(BOB.email, PASSWORD)).rejects.toMatchObject({ code: 16 });
        expect(await login(ADA.email, PASSWORD)).toMatchObject({ user: { ...ADA, ...ada } });
        if (from === 'auth0') {
          // His hash is one of `custom_password_hash`; nothing but `blocked` kept him out.
          expect((await run('users', 'enable', BOB.email)).code).toBe(0);
          expect(await login(BOB.email, PASSWORD)).toMatchObject({ user: { externalId: 'auth0|2' } });
        }
        for (const email of [ADA.email, BOB.email]) {
          expect((await run('users', 'delete', email, '--yes')).code).toBe(0);
        }
      }
    } finally {
      await postern.close();
    }
  },
  600_000,
);
