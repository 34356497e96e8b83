import { CheckRequest } from '../../src/gen/envoy/service/auth/v3/external_auth';
import { PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, seed, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';

const CALLS: Readonly<Record<number, number>> = { 1: 4_000, 16: 12_000, 64: 20_000 };
export const CHECK = '/envoy.service.auth.v3.Authorization/Check';
/** An answer of whatever length: one and the same load generator then asks both. */
export const ANY_LENGTH = -1;

/**
 * What Envoy pays that asks by ext_authz, with 12 headers of the request it holds back, against a Validate of the same
 * process.
 */
export async function extAuthz({ rounds, scale }: BenchOptions): Promise<Section> {
  const { database, url, remove } = temporaryDatabase();
  const [token = ''] = await mint(database, await seed(database, { users: 1 }), 1, 'HS256');
  const shapes = Object.entries(CALLS).map(([concurrency, calls]) => ({
    shape: { concurrency: Number(concurrency), calls: Math.round(calls * scale) },
    taken: new Rounds(),
  }));
  for (let n = 0; n < PROCESSES; n += 1) {
    const postern = await startPostern({ DATABASE_URL: url, EXT_AUTHZ: 'on' });
    for (const { shape, taken } of shapes) {
      const sides = [
        {
          name: 'Validate',
          load: requests.buildLoad('Validate', [requests.validateRequest(token)], ANY_LENGTH, shape),
        },
        { name: 'Check, 12 headers', load: requests.buildLoad(CHECK, [checkRequest(token)], ANY_LENGTH, shape) },
      ];
      await taken.add(
        sides.map((side) => ({ ...side, server: postern })),
        Math.ceil(rounds / PROCESSES),
      );
    }
    await postern.stop();
  }
  remove();
  const rows = shapes.flatMap(({ shape, taken }) => rowsAgainstFirst(taken.measured(), shape.concurrency));
  const hot = rows.find(({ name, concurrency }) => name === 'Check, 12 headers' && concurrency === 64);
  return {
    id: 'ext-authz',
    title: "Envoy's Check with 12 request headers against Validate",
    rows,
    facts: [
      {
        name: 'Check, CPU per call',
        value: hot?.cpuRatio ?? Number.NaN,
        unit: 'x Validate',
        target: { atMost: 1.2 },
      },
      { name: 'Check, p99', value: hot?.p99Ratio ?? Number.NaN, unit: 'x Validate', target: { atMost: 1.3 } },
    ],
  };
}

/** A Check of Envoy that holds back a request with 12 headers. */
export function checkRequest(token: string): Buffer {
  const headers = {
    ':authority': 'shop.example.com',
    ':method': 'GET',
    ':path': '/orders/7?page=2',
    ':scheme': 'https',
    accept: 'application/json, text/plain, */*',
    'accept-encoding': 'gzip, deflate, br',
    'accept-language': 'en-GB,en;q=0.9',
    authorization: `Bearer ${token}`,
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0',
    'x-envoy-external-address': '198.51.100.7',
    'x-forwarded-proto': 'https',
    'x-request-id': '6f1f9b0c-3c6e-4a1e-9f0b-0f6f1f9b0c3c',
  };
  const http = { headers, headerMap: undefined };
  return Buffer.from(CheckRequest.encode({ attributes: { request: { http }, contextExtensions: {} } }).finish());
}
