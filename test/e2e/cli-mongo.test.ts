import { status } from '@grpc/grpc-js';
import { type ReflectionClient, reflectionClient } from '../support/clients/reflection-client';
import { eventually } from '../support/domain/eventually';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { runPostern, type Service, startService, workingDirectory } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';
const ENV = { DATABASE_URL: testDatabaseUrl(), SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe' };

let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
let client: ReflectionClient;
beforeAll(async () => {
  directory = await workingDirectory();
  service = await startService(directory.path, ENV);
  client = reflectionClient(service.grpcAddress);
}, 90_000);
afterAll(async () => {
  client.close();
  await service.stop();
  await directory.remove();
});

test('what the command line does on MongoDB is in force in the running service within a second', async () => {
  const account = { email: 'ada@example.com', username: 'ada', password: PASSWORD };
  await client.call('postern.auth.v1.AuthService/Register', account);
  const { tokens } = await client.call('postern.auth.v1.AuthService/Login', { username: 'ada', password: PASSWORD });
  const { accessToken } = tokens as { accessToken: string };
  const validate = () => client.call('postern.auth.v1.AuthService/Validate', { accessToken });
  await validate();
  const { code, stderr } = await runPostern(['users', 'disable', 'ada'], directory.path, ENV);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^Store: .*\n$/)]);
  const isRefused = () =>
    validate().then(
      () => false,
      (error: { code: number }) => error.code === status.UNAUTHENTICATED,
    );
  await eventually('the token is refused', isRefused, 1_000);
  const audit = await runPostern(['audit', '--type', 'user.disabled', '--json'], directory.path, ENV);
  expect(JSON.parse(audit.stdout).events).toEqual([expect.objectContaining({ actorId: 'cli' })]);
});
