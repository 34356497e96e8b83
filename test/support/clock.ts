import type { Clock } from '../../src/auth/clock';

/** A clock that stands still until it is moved; starts at the real time. */
export class TestClock implements Clock {
  constructor(private time: number = Date.now()) {}

  now(): number {
    return this.time;
  }

  set(time: number): void {
    this.time = time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}
