import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Running, startWithHttp } from '../http/http-client';
import { INSTALLED_CLIENTS } from './toolchains';

const run = promisify(execFile);
let service: Running;
let accessToken: string;

beforeAll(async () => {
  service = await startWithHttp();
  accessToken = (await service.signedIn('interop-ada')).tokens.accessToken;
});
afterAll(() => service.stop());

test.each(INSTALLED_CLIENTS)('$name calls Validate in every way that it can', async ({ ask }) => {
  const outcomes = await ask(service.base, accessToken);
  expect(outcomes.length).toBeGreaterThan(3);
  expect(outcomes).toEqual(
    outcomes.map((outcome) => ({ case: outcome.case, username: 'interop-ada', refused: 'unauthenticated' })),
  );
}, 300_000);

test.each(['connect', 'grpcweb'])('buf curl calls Validate by %s', async (protocol) => {
  const url = `${service.base}/postern.auth.v1.AuthService/Validate`;
  const data = JSON.stringify({ accessToken });
  const options = ['--schema', 'proto/descriptors.binpb', '--protocol', protocol, '--data', data];
  const { stdout } = await run('node_modules/.bin/buf', ['curl', ...options, url]);
  expect(JSON.parse(stdout).principal.username).toBe('interop-ada');
});
