import { send, startWithHttp } from '../http/http-client';
import { reflectionClient } from '../support/clients/reflection-client';

const CHECK = 'envoy.service.auth.v3.Authorization/Check';

/** What the service logs of three requests that gateways may let through and one that they may not, asked both ways. */
async function linesOfQuestions(env: NodeJS.ProcessEnv) {
  const service = await startWithHttp({ EXT_AUTHZ: 'on', REFLECTION: 'on', ...env });
  const envoy = reflectionClient(service.grpcAddress);
  try {
    const { tokens } = await service.signedIn('asked-often');
    const check = (authorization: string) =>
      envoy.call(CHECK, {
        attributes: { request: { http: { headers: [{ key: 'authorization', value: authorization }] } } },
      });
    for (const token of [tokens.accessToken, tokens.accessToken, tokens.accessToken, 'rubbish']) {
      await check(`Bearer ${token}`);
      await send(service.base, 'GET', '/verify', { authorization: `Bearer ${token}` });
    }
  } finally {
    envoy.close();
    await service.stop();
  }
  const asked = (method: unknown) => method === '/verify' || method === `/${CHECK}`;
  return service.lines().filter(({ method }) => asked(method));
}

test('requests that gateways let through are summed up; those they refuse have a line each', async () => {
  const lines = await linesOfQuestions({ LOG_SUMMARY_SECONDS: '3600' });
  expect(lines).toEqual([
    expect.objectContaining({ method: `/${CHECK}`, status: 'OK', reason: 'INVALID_TOKEN' }),
    expect.objectContaining({ method: '/verify', status: 'unauthenticated', reason: 'INVALID_TOKEN' }),
    expect.objectContaining({ event: 'calls', method: `/${CHECK}`, count: 3 }),
    expect.objectContaining({ event: 'calls', method: '/verify', count: 3 }),
  ]);
});

test('without summaries every question of a gateway has its line', async () => {
  const lines = await linesOfQuestions({ LOG_SUMMARY_SECONDS: '0' });
  expect(lines.map(({ event }) => event)).toEqual(Array(8).fill(undefined));
  expect(lines.filter(({ method, status }) => method === '/verify' && status === 'allowed')).toHaveLength(3);
});
