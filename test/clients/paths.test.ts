import { request } from 'node:http';
import { Driver } from '../../clients/conformance/suite/driver';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { accepted, ScriptedService } from '../../clients/conformance/suite/scripted-service';
import { createKey, forge } from '../../clients/conformance/suite/token-forge';

const RULES = [
  { match: '/open/*', public: true },
  { match: '/admin/*', roles: ['admin'] },
  { match: '/Reports/*', roles: ['admin'] },
];

/** The status of a path as it stands; a client of a browser would resolve it first. */
function fetchStatus(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

describe.each(LANGUAGES)('The HTTP middleware of the %s client', (language) => {
  let service: ScriptedService;
  let driver: Driver;
  let port: number;
  beforeAll(async () => {
    service = await ScriptedService.start();
    service.answer = () => accepted('00000000-0000-4000-8000-000000000001');
    driver = await Driver.open(language, { ...service.open, mode: 'remote' });
    expect(await driver.refusalReason(forge(createKey('key')))).toBe('OK');
    port = await driver.serve('http', RULES);
  }, 120_000);
  afterAll(async () => {
    await driver.close();
    await service.stop();
  });

  test.each([
    ['/open', 200],
    ['/open/', 200],
    ['/open/door', 200],
    ['/open//door', 200],
    ['/open/./door', 200],
    ['/open/a%20b', 200],
    ['/open/a%2fb', 200],
    ['/open/%64oor', 200],
    ['/open/DOOR', 200],
    ['/open/door?x=/../me', 200],
    ['/', 401],
    ['/opened', 401],
    ['/me', 401],
    ['/me?x=/open/', 401],
    ['/admin/x', 401],
    ['/admin', 401],
    ['/me//x', 401],
    ['/open/../me', 400],
    ['/open/..%2fme', 400],
    ['/open/..%5cme', 400],
    ['/open%2f..%2fme', 400],
    ['/open/%2e%2e/me', 400],
    ['/open/..%252fme', 400],
    ['/me/../open/door', 400],
    ['/me/..%2fopen/door', 400],
    ['/admin/../open/door', 400],
    ['/open/../admin/x', 400],
    ['//open/door', 400],
    ['//admin/x', 400],
    ['/%6fpen/door', 400],
    ['/OPEN/door', 400],
    ['/Admin/x', 400],
    ['/Reports/x', 401],
    ['/reports/x', 400],
    ['/REPORTS/x', 400],
  ])('answers %s without a token with %i, as in every language', async (path, status) => {
    expect(await fetchStatus(port, path)).toBe(status);
  });
});
