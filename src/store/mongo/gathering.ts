import { type Call, throwIfEnded } from '../../auth/call';
import { systemClock } from '../../auth/clock';
import { duringCall, type OperationOptions, within } from './operation';

/** The answer to one item, or why there is none for this one alone. */
export type Answered<Answer> = { readonly answer: Answer } | { readonly fault: unknown };

interface Asked<Item, Answer> {
  readonly item: Item;
  readonly call: Call;
  settle(answered: Answered<Answer>): void;
}

/** How many items go into one command. */
const MOST = 100;
/**
 * What nobody loses of their time, by company that has less: a command is given up at the earliest deadline of those
 * who asked.
 */
const KEPT = 0.9;

/**
 * Asks with one command what several calls ask in one turn of the event loop. A command costs both sides more than what
 * it asks for, and the server writes its journal once for all that a command changes (docs/decisions/0009).
 */
export class Gathering<Item, Answer> {
  #asked: Asked<Item, Answer>[] = [];

  /** `command` answers each item at its place, or rejects for all of them. */
  constructor(
    private readonly command: (
      items: readonly Item[],
      options: OperationOptions,
    ) => Promise<readonly Answered<Answer>[]>,
  ) {}

  /**
   * Settles by `call.deadline`. @throws CallEndedError when the call was over before; AuthError STORE_UNAVAILABLE; the
   * item's fault
   */
  ask(item: Item, call: Call): Promise<Answer> {
    return duringCall(call, () => new Promise((resolve, reject) => this.#add(item, call, resolve, reject)));
  }

  #add(item: Item, call: Call, resolve: (answer: Answer) => void, reject: (fault: unknown) => void): void {
    const settle = (answered: Answered<Answer>): void => {
      if ('answer' in answered) resolve(answered.answer);
      else reject(answered.fault);
    };
    // After what the sockets have brought in this turn.
    if (this.#asked.length === 0) setImmediate(() => this.#go());
    this.#asked.push({ item, call, settle });
    if (this.#asked.length === MOST) this.#go();
  }

  #go(): void {
    const alive = this.#asked.filter(isAlive);
    this.#asked = [];
    for (const together of byDeadline(alive, systemClock.monotonic())) this.#send(together);
  }

  #send(together: readonly [Asked<Item, Answer>, ...Asked<Item, Answer>[]]): void {
    const items = together.map(({ item }) => item);
    within(together[0].call.deadline - systemClock.monotonic(), (options) => this.command(items, options)).then(
      (answers) => {
        for (const [i, { settle }] of together.entries()) settle(answers[i] ?? unanswered());
      },
      (fault) => {
        for (const { settle } of together) settle({ fault });
      },
    );
  }
}

/** Tells those whose call has ended since they asked. */
function isAlive({ call, settle }: Asked<unknown, unknown>): boolean {
  try {
    throwIfEnded(call, systemClock);
    return true;
  } catch (fault) {
    settle({ fault });
    return false;
  }
}

/** Those who can go together, in the order of their deadlines. */
function byDeadline<T extends { readonly call: Call }>(asked: T[], now: number): [T, ...T[]][] {
  const groups: [T, ...T[]][] = [];
  let latest = 0;
  for (const one of asked.sort((a, b) => a.call.deadline - b.call.deadline)) {
    const { deadline } = one.call;
    const group = groups.at(-1);
    if (group !== undefined && deadline <= latest) group.push(one);
    else {
      groups.push([one]);
      latest = now + (deadline - now) / KEPT;
    }
  }
  return groups;
}

function unanswered(): { readonly fault: unknown } {
  return { fault: new Error('A gathered command has not answered all items') };
}
