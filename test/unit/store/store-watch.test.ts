import { Closers } from '../../../src/composition/closers';
import { type StoreState, watchStore } from '../../../src/store/store-watch';
import { eventually } from '../../support/domain/eventually';

test('The watch over the store reports when the store goes and comes back, and when revocations go stale, each once', async () => {
  let isDown = false;
  let isStale = false;
  const reported: StoreState[] = [];
  const watch = watchStore(
    { ping: async () => (isDown ? Promise.reject(new Error('down')) : undefined) },
    { isStale: () => isStale },
    (state) => reported.push(state),
  );
  expect(watch.current()).toEqual({ storeAnswers: true, canValidate: true });
  isDown = true;
  await eventually('the store is missed', () => reported.length === 1);
  isStale = true;
  await eventually('revocations are stale', () => reported.length === 2);
  isDown = false;
  isStale = false;
  await eventually('all is well again', () => reported.length === 3);
  expect(reported).toEqual([
    { storeAnswers: false, canValidate: true },
    { storeAnswers: false, canValidate: false },
    { storeAnswers: true, canValidate: true },
  ]);
  watch.close();
});

test('Closers close in the opposite order, all of them, whatever fails', async () => {
  const closed: string[] = [];
  const closers = new Closers();
  closers.push('first', () => void closed.push('first'));
  closers.push('broken', () => Promise.reject(new Error('no')));
  closers.push('last', async () => void closed.push('last'));
  expect(await closers.closeAll()).toEqual([{ name: 'broken', cause: expect.any(Error) }]);
  expect(closed).toEqual(['last', 'first']);
  expect(await closers.closeAll()).toEqual([]);
});
