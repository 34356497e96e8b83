import { appCalls, refusal } from '../../support/grpc/app-calls';
import { startApp } from '../../support/processes/start-app';

test('A new service has no account but the one that create-admin made, and refuses the usual defaults [A11]', async () => {
  const started = await startApp();
  try {
    const calls = appCalls(started);
    const everyone = { pageSize: 1000, pageToken: '', query: '' };
    const { users } = await calls.admin('listUsers', everyone, await calls.adminToken());
    expect(users.map(({ username }) => username)).toEqual(['root']);
    for (const name of ['admin', 'postern', 'test', 'user', 'guest']) {
      const login = { username: name, password: name, deviceName: '' };
      expect(await refusal(calls.auth('login', login))).toEqual(['UNAUTHENTICATED', 'BAD_CREDENTIALS']);
    }
  } finally {
    await started.stop();
  }
});
