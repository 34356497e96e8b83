import { type Call, throwIfEnded } from '../../../auth/call';
import { systemClock } from '../../../auth/clock';
import { duringCall, type OperationOptions, within } from './operation';

/** The answer to one item, or why there is none for this one alone. */
export type Answered<Answer> = { readonly answer: Answer } | { readonly fault: unknown };

interface Pending<Item, Answer> {
  readonly item: Item;
  readonly call: Call;
  resolve(answer: Answer): void;
  reject(fault: unknown): void;
}

/** How many items go into one command. */
const MAX_ITEMS = 100;
/**
 * A command ends at the earliest deadline of its calls. Calls therefore share one only if each keeps this fraction of
 * its own time.
 */
const MIN_KEPT_SHARE = 0.9;

/**
 * Sends what several calls need in one iteration of the event loop as one command: a command costs both sides more than
 * an item of it, and the server writes its journal once per command (docs/decisions/0009).
 */
export class CommandBatcher<Item, Answer> {
  #pending: Pending<Item, Answer>[] = [];

  /** `command` answers each item at its index, or rejects for all of them. */
  constructor(
    private readonly command: (
      items: readonly Item[],
      options: OperationOptions,
    ) => Promise<readonly Answered<Answer>[]>,
  ) {}

  /**
   * Resolves or rejects by `call.deadline`. @throws CallEndedError when the call was over before; AuthError
   * STORE_UNAVAILABLE; the item's fault
   */
  run(item: Item, call: Call): Promise<Answer> {
    return duringCall(call, () => new Promise((resolve, reject) => this.#add(item, call, resolve, reject)));
  }

  #add(item: Item, call: Call, resolve: (answer: Answer) => void, reject: (fault: unknown) => void): void {
    // After what the sockets have brought in this iteration.
    if (this.#pending.length === 0) setImmediate(() => this.#flush());
    this.#pending.push({ item, call, resolve, reject });
    if (this.#pending.length === MAX_ITEMS) this.#flush();
  }

  #flush(): void {
    const alive = this.#pending.filter(isAlive);
    this.#pending = [];
    for (const batch of groupByDeadline(alive, systemClock.monotonic())) this.#send(batch);
  }

  #send(batch: readonly [Pending<Item, Answer>, ...Pending<Item, Answer>[]]): void {
    const items = batch.map(({ item }) => item);
    within(batch[0].call.deadline - systemClock.monotonic(), (options) => this.command(items, options)).then(
      (answers) => {
        for (const [i, { resolve, reject }] of batch.entries()) {
          const answered = answers[i] ?? unanswered();
          if ('answer' in answered) resolve(answered.answer);
          else reject(answered.fault);
        }
      },
      (fault) => {
        for (const { reject } of batch) reject(fault);
      },
    );
  }
}

/** Whether the call still waits; the item of a call that has ended is rejected. */
function isAlive({ call, reject }: Pending<unknown, unknown>): boolean {
  try {
    throwIfEnded(call, systemClock);
    return true;
  } catch (fault) {
    reject(fault);
    return false;
  }
}

/** Groups the items that can share a command, in the order of their deadlines. */
function groupByDeadline<T extends { readonly call: Call }>(items: T[], now: number): [T, ...T[]][] {
  const groups: [T, ...T[]][] = [];
  let latest = 0;
  for (const one of items.sort((a, b) => a.call.deadline - b.call.deadline)) {
    const { deadline } = one.call;
    const group = groups.at(-1);
    if (group !== undefined && deadline <= latest) group.push(one);
    else {
      groups.push([one]);
      latest = now + (deadline - now) / MIN_KEPT_SHARE;
    }
  }
  return groups;
}

function unanswered(): { readonly fault: unknown } {
  return { fault: new Error('A batched command has not answered all items') };
}
