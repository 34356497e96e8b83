import type { Clock } from '../../src/clock';

/** Both clocks stand still until they are moved. */
export class SteppedClock implements Clock {
  wall = 1_800_000_000_000;
  mono = 5_000;

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.mono;
  }

  /** Time goes by. */
  pass(ms: number): void {
    this.wall += ms;
    this.mono += ms;
  }
}
