import type { Answer } from './answer';
import type { OpenCalls } from './open-calls';

/** What the middleware needs of a client; `@postern/client/testing` has another one. */
export interface Authenticator {
  /** The answer, if it is in memory. */
  answerNow(token: string): Answer | undefined;
  /** Never rejects. */
  answer(token: string): Promise<Answer>;
  readonly openCalls: OpenCalls;
}
