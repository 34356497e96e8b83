import type { Clock } from '../../../src/auth/clock';

/** A clock that stands still until it is moved; starts at the real time. */
export class TestClock implements Clock {
  #elapsed: number;

  constructor(private time: number = Date.now()) {
    this.#elapsed = time;
  }

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** Time passes until the wall clock shows `time`; a time in the past sets the wall clock back. */
  set(time: number): void {
    this.#elapsed += Math.max(0, time - this.time);
    this.time = time;
  }

  /** Time passes. */
  advance(ms: number): void {
    this.time += ms;
    this.#elapsed += ms;
  }

  /** The wall clock alone is set forward (or back), as by an administrator or by NTP. */
  stepWallClock(ms: number): void {
    this.time += ms;
  }
}
