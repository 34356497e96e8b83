import * as requests from '../requests';
import type { BenchOptions, Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import type { ServerProcess } from '../servers/server-process';
import { startBareHttp, startPostern } from '../servers/servers';
import { type BreakdownSide, breakDown, breakdownShape } from './breakdown';
import { ANY_LENGTH, CHECK, checkRequest } from './ext-authz';
import { askOnce, type HttpAnswer, httpLoad, httpRequest } from './http-sides';

const VALIDATE_PATH = '/postern.auth.v1.AuthService/Validate';

type Start = (flags: readonly string[], env?: NodeJS.ProcessEnv) => Promise<ServerProcess>;

/** Where the microseconds of `GET /verify` go, beside those of bare node:http with the same headers. */
export function verifyBreakdown(options: BenchOptions): Promise<Section> {
  return sampled('verify-breakdown', 'Where the microseconds of GET /verify go', options, async (token, start) => {
    const headers = { authorization: `Bearer ${token}` };
    const { status, headers: answered } = await askFirst(start, 'GET', '/verify', headers);
    const recorded = httpRequest('GET', '/verify', [`authorization: ${headers.authorization}`]);
    const load = httpLoad(recorded, 0, breakdownShape(options));
    return [
      {
        name: 'bare node:http, 204',
        load,
        start: (flags) => startBareHttp({ status, headers: answered }, flags),
      },
      { name: 'GET /verify', load, start },
    ];
  });
}

/** Where the microseconds of a JSON Validate go, beside those of bare node:http with JSON of the same sizes. */
export function jsonBreakdown(options: BenchOptions): Promise<Section> {
  return sampled('json-breakdown', 'Where the microseconds of a Validate as JSON go', options, async (token, start) => {
    const body = JSON.stringify({ accessToken: token });
    const type = { 'content-type': 'application/json' };
    const answer = await askFirst(start, 'POST', VALIDATE_PATH, type, body);
    const recorded = httpRequest('POST', VALIDATE_PATH, ['content-type: application/json'], body);
    const load = httpLoad(recorded, Buffer.byteLength(answer.body), breakdownShape(options));
    return [
      {
        name: 'bare node:http, JSON',
        load,
        start: (flags) => startBareHttp({ ...answer, json: JSON.parse(answer.body) }, flags),
      },
      { name: 'Validate as JSON', load, start },
    ];
  });
}

/** Where the microseconds of a Check go, beside those of a Validate; each server has a store of its own. */
export function extAuthzBreakdown(options: BenchOptions): Promise<Section> {
  return sampled('ext-authz-breakdown', "Where the microseconds of Envoy's Check go", options, async (token, start) => {
    const { database, url, remove } = temporaryDatabase();
    const [other = ''] = await mint(database, await seed(database, { users: 1 }), 1, 'HS256');
    process.once('exit', remove);
    const shape = breakdownShape(options);
    const validate = requests.buildLoad('Validate', [requests.validateRequest(other)], ANY_LENGTH, shape);
    return [
      { name: 'Validate', load: validate, start: (flags) => startPostern({ DATABASE_URL: url }, flags) },
      {
        name: 'Check, 12 headers',
        load: requests.buildLoad(CHECK, [checkRequest(token)], ANY_LENGTH, shape),
        start: (flags) => start(flags, { EXT_AUTHZ: 'on', HTTP_ADDRESS: 'off' }),
      },
    ];
  });
}

async function sampled(
  id: string,
  title: string,
  options: BenchOptions,
  describe: (token: string, start: Start) => Promise<readonly BreakdownSide[]>,
): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const [token = ''] = await mint(database, await seed(database, { users: 1 }), 1, 'HS256');
  const start: Start = async (flags, env = { HTTP_ADDRESS: '127.0.0.1:0' }) =>
    onHttp(await startPostern({ DATABASE_URL: url, ...env }, flags));
  const breakdown = await breakDown(options, await describe(token, start));
  remove();
  return { id, title, rows: [], facts: [], breakdown };
}

/** The load goes to the HTTP port where there is one. */
function onHttp(server: ServerProcess): ServerProcess {
  if (server.httpAddress !== 'off') server.address = server.httpAddress;
  return server;
}

async function askFirst(start: Start, ...[method, path, headers, body]: AskArguments): Promise<HttpAnswer> {
  const server = await start([]);
  const answer = await askOnce(server.address, method, path, headers, body);
  await server.stop();
  return answer;
}

type AskArguments = [method: string, path: string, headers: Record<string, string>, body?: string];
