import type { Answer, Via } from './answer';
import type { Reason } from './reasons';

export type Outcome = 'ACCEPTED' | Reason;

/** How many answers there were, by who gave them and what they were. */
export type AnswerCounts = Readonly<Record<Via, Readonly<Partial<Record<Outcome, number>>>>>;

export interface ClientStats {
  readonly answers: AnswerCounts;
  /** Whether tokens are answered from memory now. */
  readonly isLocal: boolean;
  /** How old the news of revocations is, in ms; Infinity: there is none. */
  readonly stalenessMs: number;
  /** How often the feed was opened again. */
  readonly watchReconnects: number;
  /** Why the feed broke last; undefined: it has not. */
  readonly lastWatchError: string | undefined;
  readonly cachedTokens: number;
  readonly cachedApiKeys: number;
  readonly knownRevocations: number;
  /** Calls of BatchValidate. */
  readonly batchCalls: number;
  /** How often the keys were read. */
  readonly keySetReads: number;
  /** Why the keys could not be read the last time; undefined: they could. */
  readonly lastKeySetError: string | undefined;
  /** Streams and long requests that are watched over. */
  readonly openCalls: number;
}

/** Counts answers. */
export class AnswerCounter {
  readonly #counts: Record<Via, Partial<Record<Outcome, number>>> = { local: {}, remote: {} };
  /** The frequent one. */
  #localAccepted = 0;

  count(answer: Answer): void {
    if (answer.ok && answer.via === 'local') {
      this.#localAccepted += 1;
      return;
    }
    const counts = this.#counts[answer.via];
    const outcome = answer.ok ? 'ACCEPTED' : answer.reason;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }

  counts(): AnswerCounts {
    const { local, remote } = this.#counts;
    return { local: { ...local, ACCEPTED: this.#localAccepted }, remote: { ...remote } };
  }
}
