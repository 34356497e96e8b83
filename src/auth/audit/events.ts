import type { ReportedEvent } from './audit-event';

/** Where use cases report what happened. Recording never throws and never waits. */
export interface Events {
  record(event: ReportedEvent): void;
  /** Resolves when everything recorded before is in the audit log, or could not be written there. */
  flush(): Promise<void>;
}
