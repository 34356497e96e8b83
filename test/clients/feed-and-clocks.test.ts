import { Driver } from '../../clients/conformance/suite/driver';
import { LANGUAGES } from '../../clients/conformance/suite/languages';
import { ScriptedService } from '../../clients/conformance/suite/scripted-service';
import { createKey, forge } from '../../clients/conformance/suite/token-forge';
import { eventually } from '../support/domain/eventually';
import { awaitLocal } from './await-local';

const HOUR_MS = 3_600_000;
const MAX_STALENESS_MS = 1_000;
const BEAT_MS = 100;
const key = createKey('key-1');

let service: ScriptedService;
let driver: Driver;
beforeEach(async () => {
  service = await ScriptedService.start();
  service.publish(key);
});
afterEach(async () => {
  await driver.close();
  await service.stop();
});

/** A client that answers only by itself; from now on its feed beats as the test says. */
async function open(language: (typeof LANGUAGES)[number]): Promise<void> {
  driver = await Driver.open(language, { ...service.open, mode: 'local', max_staleness_ms: MAX_STALENESS_MS });
  await awaitLocal(driver);
  service.heartbeats = false;
}

const CASES = LANGUAGES.flatMap((language) => [[language, -HOUR_MS] as const, [language, HOUR_MS] as const]);

test.each(CASES)(
  'The %s client goes on when the clock of its service jumps by %i ms, and ends with the heartbeats as ever',
  async (language, jumpMs) => {
    await open(language);
    const token = forge(key);
    const timer = setInterval(() => service.beat(new Date(Date.now() + jumpMs)), BEAT_MS);
    try {
      const endsAt = performance.now() + 3 * MAX_STALENESS_MS;
      const said = new Set<string>();
      while (performance.now() < endsAt) {
        said.add(await driver.refusalReason(token));
        await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
      }
      expect([...said]).toEqual(['OK']);
    } finally {
      clearInterval(timer);
    }
    const silentSince = performance.now();
    await eventually('it is unavailable', async () => (await driver.refusalReason(token)) === 'UNAVAILABLE', 5_000);
    expect(performance.now() - silentSince).toBeLessThan(2 * MAX_STALENESS_MS);
  },
  60_000,
);

test.each(
  LANGUAGES,
)('The %s client takes max_staleness from 100 ms to a minute, and refuses to be opened with another', async (language) => {
  const options = { ...service.open, mode: 'local' as const };
  driver = await Driver.open(language, { ...options, max_staleness_ms: 60_000 });
  for (const ms of [99, 60_001]) {
    await expect(driver.ask({ op: 'open', ...options, max_staleness_ms: ms })).rejects.toThrow(/[sS]taleness/);
  }
  await driver.ask({ op: 'open', ...options, max_staleness_ms: 100 });
}, 60_000);

test.each(
  LANGUAGES,
)('The %s client reads the feed from its beginning when its resume token is refused', async (language) => {
  await open(language);
  service.heartbeats = true;
  service.refusesResumeTokens = true;
  service.endStreams();
  await eventually('it has begun anew', () => service.resumeTokens.length > 2 && service.resumeTokens.at(-1) === '');
  await awaitLocal(driver, 5_000);
  expect(await driver.refusalReason(forge(key))).toBe('OK');
}, 60_000);
