import type { Logger } from 'pino';
import type { Clock } from '../../auth/clock';
import type { Admit } from '../limits/rate-limit';
import type { SourceAddresses } from '../limits/source-address';
import type { LogCall } from './call-log';
import type { DeadlineQueue } from './deadline-queue';

/** What every call goes through, put together once at the start. */
export interface CallPipeline {
  readonly clock: Clock;
  readonly log: Logger;
  readonly timeoutMs: number;
  readonly deadlines: DeadlineQueue;
  readonly sources: SourceAddresses;
  readonly admit: (path: string) => Admit | undefined;
  readonly logCall: LogCall;
}
