import { pauseAfterBatch } from '../../../src/auth/import/batch-pause';

test('An import pauses for as long as a batch took, so that it works for half of the time', () => {
  expect(pauseAfterBatch(3)).toBe(3);
});

test('An import pauses no longer after a batch that waited for the hash pool', () => {
  expect(pauseAfterBatch(800)).toBe(20);
});
