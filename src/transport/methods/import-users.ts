import { pauseAfterBatch } from '../../auth/import/batch-pause';
import type { ImportOutcome } from '../../auth/import/imported-row';
import type { UseCases } from '../../auth/use-cases';
import {
  AdminServiceService,
  ImportStatus,
  type ImportUsersRequest,
  type ImportUsersResponse,
} from '../../gen/postern/auth/v1/admin_service';
import { type StreamMethod, streamMethod } from './method';

/** They share a transaction of the store, for which the event loop works without a break: a fifth of a ms. */
const ROWS_AT_ONCE = 10;

const STATUSES: Readonly<Record<ImportOutcome['status'], ImportStatus>> = {
  imported: ImportStatus.IMPORT_STATUS_IMPORTED,
  unchanged: ImportStatus.IMPORT_STATUS_UNCHANGED,
  refused: ImportStatus.IMPORT_STATUS_REFUSED,
};

/** `AdminService.ImportUsers` over the domain. The admin is checked anew for each batch of rows. */
export function importUsersMethod(useCases: UseCases['admin']): StreamMethod {
  return streamMethod<ImportUsersRequest, ImportUsersResponse>(
    AdminServiceService.importUsers,
    { batch: ROWS_AT_ONCE, pauseAfter: pauseAfterBatch },
    async (rows, call) => {
      const { actorId, userId } = await useCases.authorize(call);
      call.userId = userId;
      const outcomes = await useCases.importUsers(rows, {}, actorId, call);
      return outcomes.map((outcome, i) => responseMessage(rows[i]?.externalId ?? '', outcome));
    },
  );
}

function responseMessage(externalId: string, outcome: ImportOutcome): ImportUsersResponse {
  const status = STATUSES[outcome.status];
  if (outcome.status !== 'refused') return { externalId, status, userId: outcome.userId, reason: '', field: '' };
  return { externalId, status, userId: '', reason: outcome.reason, field: outcome.field };
}
