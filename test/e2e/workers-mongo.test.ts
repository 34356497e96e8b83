import { eventually } from '../support/domain/eventually';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { type Service, startService, workingDirectory } from '../support/processes/service-process';
import { clientsOfAllWorkers, register, type WorkerClient } from '../support/processes/worker-client';

const PASSWORD = 'correct horse battery staple';

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let clients: WorkerClient[] = [];

beforeAll(async () => {
  directory = await workingDirectory();
  const env = { DATABASE_URL: testDatabaseUrl(), SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe', WORKERS: '2' };
  service = await startService(directory.path, env);
  clients = await clientsOfAllWorkers(service.grpcAddress, 2);
}, 90_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await service.stop();
  await directory.remove();
}, 30_000);

test('workers on one MongoDB: each knows within a second which user another signed out, and SIGTERM ends all with 0', async () => {
  const [one, other] = clients;
  if (one === undefined || other === undefined) throw new Error('Two workers were to answer');
  await register(service.grpcAddress, 'ada', PASSWORD);
  const { accessToken, refreshToken } = await one.login('ada', PASSWORD);
  expect(await other.validate(accessToken)).toBe('');
  await one.logout(refreshToken);
  const endedAt = Date.now();
  await eventually('the other worker refuses', async () => (await other.validate(accessToken)) === 'TOKEN_REVOKED');
  expect(Date.now() - endedAt).toBeLessThan(1_000);
  const { code, stdout } = await service.stop();
  expect(code).toBe(0);
  expect(stdout.match(/"stopped"/g)).toHaveLength(3);
});
