import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store';
import { anAuthority } from '../support/clients/certificates';
import { anAuditEvent } from '../support/domain/builders';
import { storeOptions } from '../support/embedded/embedded';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { type Env, runPostern, workingDirectory } from '../support/processes/service-process';

const SECRET_KEY = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';

let directory: Awaited<ReturnType<typeof workingDirectory>>;
beforeAll(async () => {
  directory = await workingDirectory();
  // The first run of changed sources builds them, and says so on standard error.
  await runPostern(['version'], directory.path);
}, 90_000);
afterAll(() => directory.remove());

interface Finding {
  check: string;
  level: string;
  message: string;
}

async function examined(env: Env) {
  const { code, stdout, stderr } = await runPostern(['doctor', '--json'], directory.path, env);
  expect(stderr).toBe('');
  const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: Finding[] };
  const of = (check: string) => findings.filter((finding) => finding.check === check);
  return { code, healthy, findings, of };
}

describe('doctor on MongoDB', () => {
  const env = { DATABASE_URL: testDatabaseUrl(), SECRET_KEY };

  test('finds missing indexes without building them, and is content after migrate', async () => {
    const before = await examined(env);
    expect([before.code, before.healthy]).toEqual([1, false]);
    const [missing] = before.of('indexes');
    expect(missing).toMatchObject({ level: 'fault' });
    expect(missing?.message).toMatch(/users \(emailKey\).*users \(usernameKey\).*; run: postern migrate$/);
    expect((await examined(env)).of('indexes')).toEqual([missing]);
    const migrated = await runPostern(['migrate'], directory.path, env);
    expect(migrated).toMatchObject({ code: 0, stdout: 'Every index is built\n' });
    expect(migrated.stderr).toBe(`Store: ${env.DATABASE_URL.replace(/\?.*$/, '')}\n`);
    const after = await examined(env);
    expect([after.code, after.healthy]).toEqual([0, true]);
    expect(after.findings.map(({ check, level }) => [check, level])).toEqual(
      ['configuration', 'store', 'size', 'rights', 'indexes', 'clock', 'keys', 'secret', 'tls', 'mail', 'issuer'].map(
        (check) => [check, 'ok'],
      ),
    );
  });

  test('names the one index that was dropped', async () => {
    await runPostern(['migrate'], directory.path, env);
    const client = await mongoClient(env.DATABASE_URL).connect();
    await client.db().collection('users').dropIndex('emailKey_1');
    await client.close();
    const { of } = await examined(env);
    expect(of('indexes')[0]?.message).toBe('Missing: users (emailKey); run: postern migrate');
  });
});

test('says that a database is out of reach, and keeps the password to itself', async () => {
  const url = 'mongodb://ada:hunter2-secret@127.0.0.1:1/x?serverSelectionTimeoutMS=200';
  const { code, findings, of } = await examined({ DATABASE_URL: url, SECRET_KEY });
  expect(code).toBe(1);
  expect(of('store')).toEqual([expect.objectContaining({ level: 'fault' })]);
  expect(of('store')[0]?.message).toMatch(/127\.0\.0\.1:1 .*does not answer: check host and port in DATABASE_URL/);
  expect(JSON.stringify(findings)).not.toContain('hunter2');
});

test.each([
  ['ES256', 'postern', /JWT_ISSUER is not a URL.*set JWT_ISSUER to the https URL of the HTTP port/],
  ['RS256', 'http://auth.example.com', /JWT_ISSUER is a URL without TLS: .*set it to the https URL of the HTTP port/],
  ['RS256', 'https://auth.example.com', /JWT_ISSUER is a URL: verifiers discover the keys below it/],
  ['HS256', 'postern', /Verifiers are given SECRET_KEY/],
])('doctor says what verifiers need to know of %s and the issuer %s', async (algorithm, issuer, note) => {
  const database = `file:${join(directory.path, 'issuer-data')}`;
  const env = { DATABASE_URL: database, SECRET_KEY, JWT_ALGORITHM: algorithm, JWT_ISSUER: issuer };
  const { of } = await examined(env);
  expect(of('issuer')).toEqual([{ check: 'issuer', level: 'ok', message: expect.stringMatching(note) }]);
});

test('doctor reports every fault of the configuration', async () => {
  const { code, of } = await examined({ DATABASE_URL: 'postgres://x', WORKERS: 'x' });
  expect(code).toBe(1);
  expect(of('configuration').map(({ message }) => message.split(':')[0])).toEqual(
    expect.arrayContaining(['DATABASE_URL', 'WORKERS']),
  );
  const text = await runPostern(['doctor'], directory.path, { WORKERS: 'x' });
  expect([text.code, text.stderr]).toEqual([1, '']);
  expect(text.stdout).toMatch(/^fault +configuration +WORKERS: /m);
});

describe('TLS files', () => {
  const authority = anAuthority();
  const withCertificate = async (name: string, expired: boolean): Promise<Env> => {
    const { cert, key } = authority.issue('localhost', { expired });
    const [certFile, keyFile] = [join(directory.path, `${name}.pem`), join(directory.path, `${name}.key`)];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key);
    return { SECRET_KEY, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  };

  test('that expire soon are a warning', async () => {
    const { code, of } = await examined(await withCertificate('soon', false));
    expect(code).toBe(0);
    expect(of('tls')).toEqual([expect.objectContaining({ level: 'warning' })]);
    expect(of('tls')[0]?.message).toMatch(/^TLS_CERT_FILE: a certificate expires on .*; renew it$/);
  });

  test('that have expired are a fault', async () => {
    const { code, of } = await examined(await withCertificate('expired', true));
    expect(code).toBe(1);
    expect(of('tls')[0]?.message).toMatch(/^TLS_CERT_FILE: a certificate expired on /);
  });

  test('of two pairs are a fault of the configuration', async () => {
    const one = await withCertificate('one', false);
    const two = await withCertificate('two', false);
    const { code, of } = await examined({ ...one, TLS_KEY_FILE: two.TLS_KEY_FILE ?? '' });
    expect(code).toBe(1);
    expect(of('configuration')[0]?.message).toMatch(/^TLS_KEY_FILE: is not the private key/);
  });
});

test('doctor finds that stored keys were made under another secret', async () => {
  const env = { JWT_ALGORITHM: 'RS256', SECRET_KEY, DATABASE_URL: 'file:./keys' };
  const admin = ['create-admin', '--new-store', '--email', 'r@example.com', '--username', 'root', '--password-stdin'];
  await runPostern(admin, directory.path, env, 'plum-cabinet-orbit-91');
  await runPostern(['keys', 'rotate'], directory.path, env);
  expect((await examined(env)).of('keys')).toEqual([expect.objectContaining({ level: 'ok' })]);
  const other = await examined({ ...env, SECRET_KEY: 'another-one-9tXw4bNc8sLf1hJd6gYp3aUe' });
  expect([other.code, other.of('keys')]).toEqual([1, [expect.objectContaining({ level: 'fault' })]]);
});

test('doctor says that a data directory cannot be made, and makes none', async () => {
  await writeFile(join(directory.path, 'occupied'), '');
  const { code, of } = await examined({ DATABASE_URL: 'file:./occupied/data' });
  expect(code).toBe(1);
  expect(of('store')[0]?.message).toMatch(/occupied is a file: name a directory in DATABASE_URL/);
  await examined({ DATABASE_URL: 'file:./not-yet' });
  expect(await readdir(directory.path)).not.toContain('not-yet');
});

test('doctor finds an event of the future in the store: the clock is wrong', async () => {
  const env = { DATABASE_URL: 'file:./clock' };
  const store = await openEmbeddedStore(join(directory.path, 'clock'), storeOptions({ openedBy: 'tool' }));
  const occurredAt = new Date(Date.now() + 3_600_000);
  await store.auditLog.append([anAuditEvent({ occurredAt })]);
  await store.close();
  const { code, of } = await examined(env);
  expect(code).toBe(1);
  expect(of('clock')).toEqual([expect.objectContaining({ level: 'fault' })]);
});

test('doctor says how many rows of each kind an embedded store holds', async () => {
  const store = await openEmbeddedStore(join(directory.path, 'size'), storeOptions({ openedBy: 'tool' }));
  await store.auditLog.append(Array.from({ length: 1_200 }, () => anAuditEvent()));
  await store.close();
  const { of } = await examined({ DATABASE_URL: 'file:./size' });
  const [{ level = '', message = '' } = {}] = of('size');
  expect(level).toBe('ok');
  expect(message).toMatch(/^The store holds 0 users, 0 sessions, 1,200 audit events, 0 API keys, /);
});
