import { TimeSlices } from '../../../src/auth/time-slices';
import { TestClock } from '../../support/domain/clock';

test('A slice of work goes on until its time is over, and the next one begins after other calls were served', async () => {
  const clock = new TestClock();
  const slices = new TimeSlices(clock, 2);
  const pauses: boolean[] = [];
  for (let piece = 0; piece < 6; piece += 1) {
    let isServed = false;
    setImmediate(() => {
      isServed = true;
    });
    const pause = slices.next();
    await pause;
    expect(isServed).toBe(pause !== undefined);
    pauses.push(isServed);
    clock.advance(1);
  }
  expect(pauses).toEqual([false, false, true, false, true, false]);
});
