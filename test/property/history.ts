import type { Call } from '../../src/auth/call';
import type { Mishap } from './plan';

/** A point in the one true order of what happened, and the true time then, in ms. */
export interface Moment {
  readonly order: number;
  readonly at: number;
}

export type Answer =
  | { readonly kind: 'pair'; readonly refreshToken: string }
  /** INVALID_REFRESH_TOKEN. */
  | { readonly kind: 'refused' }
  /** The call was cancelled or its deadline passed. */
  | { readonly kind: 'over' }
  | { readonly kind: 'unavailable' };

/** One Refresh: what was presented, and what became of it. */
export interface Refreshing {
  readonly generation: number;
  readonly mishap: Mishap;
  readonly call: { -readonly [key in keyof Call]: Call[key] };
  readonly arrived: Moment;
  /** When it read the session because it could not rotate; `at`: when it had the answer. */
  looked?: Moment;
  answered?: Moment;
  answer?: Answer;
}

export interface Rotated {
  readonly generation: number;
  readonly by: Refreshing;
  /** When it was written. */
  readonly written: Moment;
  /** The true time of the first use: when the call that won asked for it. */
  readonly askedAt: number;
}

/** What happened to one session, in its true order. */
export class History {
  readonly calls: Refreshing[] = [];
  readonly rotations: Rotated[] = [];
  /** Who first announced to every replica that the session ends, and when; it may never come to be written. */
  announced: { readonly by: Refreshing; readonly written: Moment } | undefined;
  /** When the end was written. */
  ended: Moment | undefined;
  /** What was written though the call was over already. */
  readonly writtenTooLate: string[] = [];
  #order = 0;

  moment(at: number): Moment {
    this.#order += 1;
    return { order: this.#order, at };
  }

  /** The rotation away from a generation, if it was written before `order`. */
  rotation(generation: number, order: number): Rotated | undefined {
    return this.rotations.find((each) => each.generation === generation && each.written.order < order);
  }
}
