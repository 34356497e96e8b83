import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/domain/eventually';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import {
  type Env,
  runPostern,
  type Service,
  startService,
  workingDirectory,
} from '../support/processes/service-process';

const OLD = 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe';
const NEW = 'Zt5nBq8wLx2vKj7rHf4mPd9sGc3yTa6u';

jest.setTimeout(120_000);

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let database: Env;
beforeAll(async () => {
  directory = await workingDirectory();
});
beforeEach(() => {
  database = { DATABASE_URL: testDatabaseUrl() };
});
afterAll(() => directory.remove());

const start = (secrets: Env) => startService(directory.path, { ...database, ...secrets });
const warnings = (service: Service): { replica: string; msg: string }[] =>
  service
    .printed()
    .split('\n')
    .filter((line) => line.includes('"secret.differs"'))
    .map((line) => JSON.parse(line));

async function examineSecret(secrets: Env) {
  const { code, stdout } = await runPostern(['doctor', '--json'], directory.path, { ...database, ...secrets });
  const findings: { check: string; level: string; message: string }[] = JSON.parse(stdout).findings;
  return { code, secret: findings.find(({ check }) => check === 'secret') };
}

test('Two replicas with different SECRET_KEYs are warned of, by both logs and by doctor, until one has gone', async () => {
  const first = await start({ SECRET_KEY: OLD });
  expect(await examineSecret({ SECRET_KEY: OLD })).toMatchObject({ code: 0, secret: { level: 'ok' } });
  const otherEnvironment = await examineSecret({ SECRET_KEY: NEW });
  expect(otherEnvironment).toMatchObject({ code: 1, secret: { level: 'fault' } });
  expect(otherEnvironment.secret?.message).toContain(`(${first.child.pid}) runs with another SECRET_KEY`);
  expect(warnings(first)).toEqual([]);

  const second = await start({ SECRET_KEY: NEW });
  expect(warnings(second)).toEqual([
    expect.objectContaining({ level: 'warn', replica: expect.stringContaining(`(${first.child.pid})`) }),
  ]);
  await eventually('the first is warned too', async () => warnings(first).length === 1, 30_000);
  expect(warnings(first)[0]?.msg).toContain('give both the same');
  const fault = await examineSecret({ SECRET_KEY: OLD });
  expect(fault).toMatchObject({ code: 1, secret: { level: 'fault' } });
  for (const { child } of [first, second]) expect(fault.secret?.message).toContain(`(${child.pid})`);

  const client = await mongoClient(database.DATABASE_URL as string).connect();
  const announced = JSON.stringify(await client.db().collection('replicas').find().toArray());
  await client.close();
  expect(announced).toContain(String(first.child.pid));
  for (const secret of [OLD, NEW]) expect(announced).not.toContain(secret);

  await second.stop();
  expect(await examineSecret({ SECRET_KEY: OLD })).toMatchObject({ code: 0, secret: { level: 'ok' } });
  await first.stop();
});

test('A rotation of the secret in the documented steps warns of nothing', async () => {
  const documented = readFileSync(join(__dirname, '../../docs/install.md'), 'utf8').match(/^ +SECRET_KEY=<.*$/gm);
  const steps = [['', `SECRET_KEY=<old>`], ...(documented ?? []).map((line) => ['', line.trim()])].map(([, line]) =>
    Object.fromEntries(
      (line as string)
        .split(/\s+/)
        .map((pair) => pair.split('=') as [string, string])
        .map(([name, value]) => [name, value === '<old>' ? OLD : NEW]),
    ),
  );
  expect(steps).toHaveLength(4);
  let before = await start(steps[0] as Env);
  for (const step of steps.slice(1)) {
    const after = await start(step as Env);
    expect(await examineSecret(step as Env)).toMatchObject({ code: 0, secret: { level: 'ok' } });
    expect([...warnings(before), ...warnings(after)]).toEqual([]);
    await before.stop();
    before = after;
  }
  await before.stop();
});

test("A command that needs the service's SECRET_KEY asks for it, and makes no other beside the store", async () => {
  const beside = await workingDirectory();
  const service = await startService(beside.path, { SECRET_KEY: OLD });
  await writeFile(join(beside.path, 'pepper'), 'a pepper of the old system');
  for (const args of [
    ['audit', '--login', 'root'],
    ['users', 'import', '/dev/null', '--from', 'csv', '--pepper-file', 'pepper'],
    ['keys', 'rotate'],
  ]) {
    const { code, stderr } = await runPostern(args, beside.path, { JWT_ALGORITHM: 'ES256' });
    expect([args, code, stderr]).toEqual([args, 78, expect.stringContaining('give SECRET_KEY as the service has it')]);
  }
  expect(await readdir(join(beside.path, 'data'))).not.toContain('secret-key');
  await service.stop();
  await beside.remove();
});
