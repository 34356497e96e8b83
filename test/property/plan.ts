import fc from 'fast-check';

/** How far the clock of a replica may be off from the true time, in ms. */
export const MAX_OFF_MS = 250;

/** What goes wrong with one call, at which of its store steps (the first is 1). */
export type Mishap =
  | { readonly kind: 'none' }
  /** The client gives up waiting; the call goes on. */
  | { readonly kind: 'reply lost' }
  /** The process dies; `after`: when the step is done, but no caller has its answer. */
  | { readonly kind: 'crash'; readonly step: number; readonly after: boolean }
  /** STORE_UNAVAILABLE; `after`: though the step was done. */
  | { readonly kind: 'store fails'; readonly step: number; readonly after: boolean }
  /** The caller goes away while this step is under way; 0: before the call arrives. */
  | { readonly kind: 'cancelled'; readonly step: number };

export interface Attempt {
  readonly replica: number;
  readonly mishap: Mishap;
  /** How long the call may take; 0: its deadline has passed when it arrives. */
  readonly patienceMs: number;
}

/** The owner of the session refreshes once: tries until there is an answer, the last time without any mishap. */
export interface OwnerStep {
  readonly attempts: readonly Attempt[];
  readonly lastReplica: number;
  /** A second tab sends the same token at once to the other replica. */
  readonly twoTabs: boolean;
}

/** A caller presents one of the tokens that were given out so far. */
export interface ThiefStep extends Attempt {
  readonly which: number;
}

export type TimeStep = { readonly passMs: number } | { readonly replica: number; readonly offMs: number };

export interface Plan {
  readonly graceMs: number;
  /**
   * The replicas are in the middle of a change of SECRET_KEY: the current one of each is the previous one of the other.
   */
  readonly secretsDiffer: boolean;
  readonly owner: readonly OwnerStep[];
  readonly thief: readonly ThiefStep[];
  readonly time: readonly TimeStep[];
}

const replica = fc.nat({ max: 1 });
const step = fc.integer({ min: 1, max: 6 });
const after = fc.boolean();

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.constant({ kind: 'reply lost' } as const),
  fc.record({ kind: fc.constant('crash' as const), step, after }),
  fc.record({ kind: fc.constant('store fails' as const), step, after }),
  fc.record({ kind: fc.constant('cancelled' as const), step: fc.nat({ max: 6 }) }),
);

const attempt = fc.record({ replica, mishap, patienceMs: fc.constantFrom(10_000, 10_000, 10_000, 1_500, 0) });

const ownerStep = fc.record({
  attempts: fc.array(attempt, { maxLength: 3 }),
  lastReplica: replica,
  twoTabs: fc.boolean(),
});

const thiefStep = fc.record({ ...attemptFields(), which: fc.nat({ max: 9 }) });

function attemptFields() {
  return { replica, mishap, patienceMs: fc.constant(10_000) };
}

const passing = fc
  .oneof(
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 600, max: 6_000 }),
    fc.integer({ min: 9_400, max: 11_000 }),
  )
  .map((passMs) => ({ passMs }));

/** `offMs`: how far the clocks may be set off. */
export function plans(options: { readonly thief: boolean; readonly offMs: number }): fc.Arbitrary<Plan> {
  const { offMs } = options;
  const setting = fc.record({ replica, offMs: fc.integer({ min: -offMs, max: offMs }) });
  return fc.record({
    graceMs: fc.constantFrom(10_000, 10_000, 2_000, 0),
    secretsDiffer: fc.boolean(),
    owner: fc.array(ownerStep, { minLength: 1, maxLength: 4 }),
    thief: fc.array(thiefStep, options.thief ? { minLength: 1, maxLength: 4 } : { maxLength: 0 }),
    time: fc.array<TimeStep>(fc.oneof({ arbitrary: passing, weight: 2 }, setting), { maxLength: 7 }),
  });
}
