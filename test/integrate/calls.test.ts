import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { eventually } from '../support/domain/eventually';
import { blockNamed } from './page';
import { Workplace } from './workplace';

const ROOT = resolve(__dirname, '..', '..');

/** @throws when there is no grpcurl, with what to install */
function requireGrpcurl(): void {
  if (spawnSync('grpcurl', ['-version']).status === 0) return;
  throw new Error('No grpcurl is on the PATH: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest');
}

let workplace: Workplace;

beforeAll(async () => {
  workplace = await Workplace.open();
  await workplace.sh('tokens');
}, 300_000);
afterAll(() => workplace.close());

/** Runs a module beside those of the page; what it returns as its default is printed as JSON. */
async function evaluate(code: string): Promise<unknown> {
  workplace.writeFile('evaluated.mjs', `${code}\nconsole.log(JSON.stringify(result));\nprocess.exit();\n`);
  return JSON.parse((await workplace.run('node evaluated.mjs')).stdout);
}

/** How often Validate was answered since the service began. */
async function countValidations(): Promise<number> {
  const metrics = await (await fetch(`http://${workplace.service.httpAddress}/metrics`)).text();
  const counts = metrics.matchAll(/^postern_call_duration_seconds_count\{[^}]*\/Validate"[^}]*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('json/validate.mjs of docs/integrate.md finds the principal, and says why a token is refused', async () => {
  workplace.write('json');
  const { ACCESS_TOKEN: token } = workplace.variables;
  const result = await evaluate(`import { validate } from './validate.mjs';
    const { username } = await validate('${token}');
    const { status, reason } = await validate('rubbish').catch((error) => error);
    const result = { username, status, reason };`);
  expect(result).toEqual({ username: 'ada', status: 401, reason: 'INVALID_TOKEN' });
}, 60_000);

test('express/cached.mjs of docs/integrate.md asks once about a token, forgets it after a second, keeps no refusal', async () => {
  await workplace.sh('copy');
  workplace.write('express');
  await workplace.sh('express/install');
  await workplace.sh('express/install-cache');
  const { ACCESS_TOKEN: token } = workplace.variables;
  const before = await countValidations();
  const result = await evaluate(`import { validate } from './cached.mjs';
    const names = (await Promise.all(Array.from({ length: 50 }, () => validate('${token}')))).map((p) => p.username);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    names.push((await validate('${token}')).username);
    const reasons = [];
    for (let at = 0; at < 2; at += 1) await validate('rubbish').catch(({ reason }) => reasons.push(reason));
    const result = { names: [...new Set(names)], reasons };`);
  expect(result).toEqual({ names: ['ada'], reasons: ['INVALID_TOKEN', 'INVALID_TOKEN'] });
  expect((await countValidations()) - before).toBe(4);
}, 180_000);

test('docs/integrate.md rotates the API key of a service; the old key and the new one are valid', async () => {
  const { POSTERN_API_KEY: old = '' } = workplace.variables;
  const { stdout } = await workplace.sh('rotate', ROOT);
  const [next = ''] = /pstn_\S+/.exec(stdout) ?? [];
  expect(next).not.toBe(old);
  for (const key of [old, next]) {
    const answer = await fetch(`http://${workplace.service.httpAddress}/postern.auth.v1.AuthService/Validate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: '{}',
    });
    expect(await answer.json()).toMatchObject({ principal: { username: 'shop' } });
  }
}, 60_000);

test('docs/integrate.md calls grpcurl with proto files and with descriptors', async () => {
  requireGrpcurl();
  const { stdout } = await workplace.sh('grpcurl', ROOT);
  expect(stdout.match(/"username": "ada"/g)).toHaveLength(2);
}, 60_000);

test('docs/integrate.md shows the feed of revocations: a logout is in it', async () => {
  requireGrpcurl();
  await workplace.sh('tokens');
  const [, payload = ''] = (workplace.variables.ACCESS_TOKEN ?? '').split('.');
  const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const watching = workplace.spawn(`exec ${workplace.addressed(blockNamed('watch'))}`);
  let seen = '';
  watching.stdout?.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  await eventually('it has caught up', () => seen.includes('caughtUp'), 30_000);
  const [rpc = ''] = blockNamed('tokens').split('\n');
  await workplace.run(`${rpc}\nrpc Logout "{\\"refreshToken\\": \\"$REFRESH_TOKEN\\"}"`);
  await eventually('the session has ended', () => seen.includes(sid), 30_000);
}, 90_000);
