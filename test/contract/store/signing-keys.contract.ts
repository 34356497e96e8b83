import { anId, aSigningKey } from '../../support/domain/builders';
import { testCall } from '../../support/domain/call';
import { storeFixture } from './fixture';
import type { OpenFresh } from './opened-store';

export function signingKeysContract(open: OpenFresh): void {
  describe('Signing keys', () => {
    const fixture = storeFixture(open);
    const keys = () => fixture().store.signingKeys;

    test('keeps one key of each sequence, and lists them in its order [C9]', async () => {
      const [first, second, ninth, tenth] = [1, 2, 9, 10].map((sequence) => aSigningKey({ sequence }));
      if (!first || !second || !ninth || !tenth) throw new Error('Four keys');
      for (const key of [tenth, second, ninth, first]) expect(await keys().insert(key, testCall())).toBe(true);
      expect(await keys().insert(aSigningKey({ sequence: 2 }), testCall())).toBe(false);
      expect(await keys().list(testCall())).toEqual([first, second, ninth, tenth]);
      await keys().delete(second.id, testCall());
      await keys().delete(second.id, testCall());
      await keys().delete(anId(), testCall());
      expect(await keys().list(testCall())).toEqual([first, ninth, tenth]);
    });

    test('lets exactly one of 20 parallel inserts of one sequence over two stores win [C9]', async () => {
      const stores = [fixture().store, await fixture().another()];
      const candidates = Array.from({ length: 20 }, () => aSigningKey({ sequence: 77 }));
      const won = await Promise.all(
        candidates.map((key, i) => (stores[i % 2] ?? fixture().store).signingKeys.insert(key, testCall())),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      const stored = (await keys().list(testCall())).filter(({ sequence }) => sequence === 77);
      expect(stored).toEqual([candidates[won.indexOf(true)]]);
    });
  });
}
