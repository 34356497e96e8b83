import { Client, credentials, status } from '@grpc/grpc-js';
import { Driver } from '../../clients/conformance/suite/driver';
import { getHttp, openTicks } from '../../clients/conformance/suite/guarded-server';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { accepted, refusal, ScriptedService } from '../../clients/conformance/suite/scripted-service';
import { claims, createKey, forge } from '../../clients/conformance/suite/token-forge';
import { eventually } from '../support/domain/eventually';
import { awaitLocal } from './await-local';

const MAX_STALENESS_MS = 1_000;
/** A second for what a client needs to notice; the rest is for a busy machine. */
const NOTICED_MS = 2_500;
const key = createKey('key-1');

describe.each(LANGUAGES)('An open stream behind the %s client', (language) => {
  let service: ScriptedService;
  let driver: Driver;
  let client: Client;
  beforeEach(async () => {
    service = await ScriptedService.start();
    service.publish(key);
  });
  afterEach(async () => {
    client.close();
    await driver.close();
    await service.stop();
  });

  /** Both streams of a user whom the feed and the service vouch for, and how each has ended. */
  async function open(mode: 'auto' | 'local' | 'remote') {
    driver = await Driver.open(language, { ...service.open, mode, max_staleness_ms: MAX_STALENESS_MS });
    if (mode !== 'remote') await awaitLocal(driver);
    client = new Client(`127.0.0.1:${await driver.serve('grpc')}`, credentials.createInsecure());
    const port = await driver.serve('http');
    const fields = claims();
    const token = forge(key, fields);
    service.answer = () => accepted(String(fields.sub));
    const { ticks, ended } = openTicks(client, token);
    const state = { grpc: 'open', http: 'open' };
    void ended.then(({ code }) => {
      state.grpc = String(status[code]);
    });
    void getHttp(port, '/ticks', token).then(
      () => {
        state.http = 'ended';
      },
      () => {
        state.http = 'ended';
      },
    );
    await eventually('it ticks', () => ticks() > 2);
    return { ended: state };
  }

  test.each([
    'auto',
    'local',
  ] as const)('ends as UNAVAILABLE when neither the feed nor a replica answers for longer than max_staleness, in mode %s', async (mode) => {
    const { ended } = await open(mode);
    service.answer = () => 'never';
    service.heartbeats = false;
    const silentSince = performance.now();
    await eventually('both have ended', () => ended.grpc !== 'open' && ended.http !== 'open', 10_000);
    const took = performance.now() - silentSince;
    expect(ended).toEqual({ grpc: 'UNAVAILABLE', http: 'ended' });
    // What was known when the feed fell silent is good for max_staleness.
    expect(took).toBeGreaterThan(MAX_STALENESS_MS - 300);
    expect(took).toBeLessThan(2 * MAX_STALENESS_MS + NOTICED_MS);
  }, 60_000);

  test.each([
    'auto',
    'remote',
  ] as const)('goes on while the service vouches for its token, and ends within a second when that refuses it, in mode %s', async (mode) => {
    const { ended } = await open(mode);
    service.heartbeats = false;
    await new Promise((resolve) => setTimeout(resolve, 3 * MAX_STALENESS_MS));
    expect(ended).toEqual({ grpc: 'open', http: 'open' });
    service.answer = () => refusal('TOKEN_REVOKED');
    const revokedAt = performance.now();
    await eventually('both have ended', () => ended.grpc !== 'open' && ended.http !== 'open', 10_000);
    expect(performance.now() - revokedAt).toBeLessThan(NOTICED_MS);
    expect(ended).toEqual({ grpc: 'UNAUTHENTICATED', http: 'ended' });
  }, 60_000);
});
