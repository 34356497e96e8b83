import type { RevocationListener } from '../../../src/auth/revocation/revocation-feed';
import type { Revocation } from '../../../src/auth/revocation/revocation-record';
import type { Store } from '../../../src/store/store';
import { aChangedUser, anEndedSessions, anId } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { eventually } from '../../support/domain/eventually';
import { onEachIteration } from '../../support/domain/iterations';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

class Listening implements RevocationListener {
  readonly records = new Map<string, Revocation>();
  readonly fresh: number[] = [];
  readonly broken: unknown[] = [];
  onRecord(record: Revocation): void {
    this.records.set(record.id, record);
  }
  onFresh(at: number): void {
    this.fresh.push(at);
  }
  onBroken(cause: unknown): void {
    this.broken.push(cause);
  }
}

export function revocationFeedContract(open: OpenFresh): void {
  describe('The revocation feed', () => {
    const fixture = storeFixture(open);
    const append = (...records: Revocation[]) => fixture().store.revocationFeed.append(records, testCall());
    const following = async <T>(
      store: Store,
      work: (heard: Listening, follower: { close(): Promise<void> }) => Promise<T>,
    ) => {
      const heard = new Listening();
      const follower = await store.revocationFeed.follow(heard);
      try {
        return await work(heard, follower);
      } finally {
        await follower.close();
      }
    };

    test('brings the window before follow resolves, every record as it was appended', async () => {
      const records = [
        anEndedSessions({ sessionIds: [anId(), anId()] }),
        aChangedUser({ state: 'disabled', roles: [] }),
      ];
      const deleted = aChangedUser({ state: 'deleted', version: Number.MAX_SAFE_INTEGER, roles: ['a', 'b'] });
      await append(...records);
      await append(deleted);
      for (const store of [fixture().store, await fixture().another()]) {
        await following(store, async (heard) => {
          for (const record of [...records, deleted]) expect(heard.records.get(record.id)).toEqual(record);
        });
      }
    });

    test('delivers what this store and another one append within a second [C11]', async () => {
      const another = await fixture().another();
      await following(fixture().store, async (heard) => {
        for (let round = 0; round < 5; round += 1) {
          const [own, other] = [anEndedSessions(), aChangedUser()];
          await append(own);
          await another.revocationFeed.append([other], testCall());
          await eventually('both were brought', () => heard.records.has(own.id) && heard.records.has(other.id), 1000);
          expect(heard.records.get(other.id)).toEqual(other);
        }
        expect(heard.broken).toEqual([]);
      });
    });

    test('loses nothing of what many append while followers come and go', async () => {
      const stores = [fixture().store, await fixture().another()];
      const sent: string[] = [];
      const appending = Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          await new Promise((resolve) => setImmediate(resolve));
          const records = Array.from({ length: 1 + (i % 3) }, () => anEndedSessions());
          await (stores[i % 2] ?? fixture().store).revocationFeed.append(records, testCall());
          sent.push(...records.map(({ id }) => id));
        }),
      );
      const heard: Listening[] = [];
      const followers = await Promise.all(
        [0, 1, 0, 1].map((i) => {
          const listener = new Listening();
          heard.push(listener);
          return (stores[i] ?? fixture().store).revocationFeed.follow(listener);
        }),
      );
      await appending;
      await eventually('every follower has every record', () =>
        heard.every(({ records }) => sent.every((id) => records.has(id))),
      );
      for (const follower of followers) await follower.close();
    });

    test('takes the same records again without harm', async () => {
      const record = anEndedSessions();
      await append(record);
      await append(record, record);
      await following(fixture().store, async (heard) => expect(heard.records.get(record.id)).toEqual(record));
      await append();
    });

    test('brings records that happened in another order than they were appended', async () => {
      const now = Date.now();
      await following(fixture().store, async (heard) => {
        const records = [3000, -60_000, 0, -1000].map((offset) => aChangedUser({ at: now + offset }));
        for (const record of records) await append(record);
        await eventually('all were brought', () => records.every(({ id }) => heard.records.has(id)), 2000);
      });
    });

    test('says again and again up to when it has seen everything', async () => {
      await following(fixture().store, async (heard) => {
        const first = heard.fresh.at(-1) ?? Number.NaN;
        expect(first).toBeLessThanOrEqual(fixture().clock.now());
        fixture().clock.advance(1000);
        await eventually('it is fresh again', () => (heard.fresh.at(-1) ?? 0) >= first + 1000, 2000);
        expect(Math.max(...heard.fresh)).toBeLessThanOrEqual(fixture().clock.now());
        const count = heard.fresh.length;
        await eventually('it goes on', () => heard.fresh.length > count + 1, 3000);
      });
    });

    test('is silent after it was closed', async () => {
      const heard = new Listening();
      const follower = await fixture().store.revocationFeed.follow(heard);
      await follower.close();
      const record = anEndedSessions();
      await append(record);
      await following(fixture().store, async (other) => {
        await eventually('another follower hears it', () => other.records.has(record.id));
        await eventually('it was looked for twice more', () => other.fresh.length > 3);
      });
      expect(heard.records.has(record.id)).toBe(false);
    });

    test('brings a large window in stretches, between which calls are answered', async () => {
      const records = Array.from({ length: 5_000 }, () => anEndedSessions());
      await append(...records);
      let iteration = 0;
      const stop = onEachIteration(() => {
        iteration += 1;
      });
      const brought = new Map<number, number>();
      class Counting extends Listening {
        override onRecord(record: Revocation): void {
          super.onRecord(record);
          brought.set(iteration, (brought.get(iteration) ?? 0) + 1);
        }
      }
      const heard = new Counting();
      const follower = await fixture().store.revocationFeed.follow(heard);
      stop();
      await follower.close();
      expect(records.filter(({ id }) => !heard.records.has(id))).toEqual([]);
      expect(Math.max(...brought.values())).toBeLessThanOrEqual(500);
    });
  });
}
