import { once } from 'node:events';
import { reflectionClient } from '../support/reflection-client';
import { startService, workingDirectory } from '../support/service-process';

const NOBODY = { username: 'nobody', password: 'correct horse battery staple', deviceName: '' };

test.each([
  'json',
  'pretty',
])('E11: goes on when nobody reads its %s log any more, and stops in order', async (format) => {
  const directory = await workingDirectory();
  const service = await startService(directory.path, { LOG_FORMAT: format });
  const { stdout } = service.child;
  stdout?.destroy();
  if (stdout?.closed === false) await once(stdout, 'close');
  const client = reflectionClient(service.grpcAddress);
  // Each call is a line or two; the later ones find the pipe broken.
  for (let i = 0; i < 5; i += 1) {
    const refused = client.call('auth.v1.AuthService/Login', NOBODY);
    await expect(refused).rejects.toMatchObject({ details: 'Incorrect username or password' });
  }
  client.close();
  const { code, stderr } = await service.stop();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await directory.remove();
}, 60_000);
