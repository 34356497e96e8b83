import { CallEndedError, type Reason } from '../../auth/errors';
import type { CredentialFault } from '../../auth/tokens/credential-fault';
import type { Source } from '../limits/source-address';

const MAX_USER_AGENT = 256;
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The domain's view of a call, as far as it is the same for every transport. What costs is read when it is needed. */
export abstract class TransportCall {
  userId: string | undefined = undefined;
  denied: Reason | undefined = undefined;
  fault: CredentialFault | undefined = undefined;
  #found: Source | undefined = undefined;
  #ended: CallEndedError | undefined = undefined;
  #abort: AbortController | undefined = undefined;

  /** The value of a header, or empty; of one that came more than once, what Node makes of it. */
  abstract first(name: string): string;
  protected abstract findSource(): Source;

  /** Where the call comes from, found once. */
  protected get from(): Source {
    this.#found ??= this.findSource();
    return this.#found;
  }

  get ipAddress(): string {
    return this.from.ipAddress;
  }

  get source(): string {
    return this.from.key;
  }

  get userAgent(): string {
    return this.first('user-agent').replace(UNPRINTABLE, '').slice(0, MAX_USER_AGENT);
  }

  get cancelled(): boolean {
    return this.#ended?.cancelled === true;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended !== undefined) this.#abort.abort(this.#ended);
    }
    return this.#abort.signal;
  }

  /** The call ended before it was answered: its caller went away, or its deadline passed. */
  end(cancelled: boolean): void {
    this.#ended ??= new CallEndedError(cancelled);
    this.#abort?.abort(this.#ended);
  }
}
