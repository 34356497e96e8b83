import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Secrets, Settings } from '../../config/config';
import { withoutKeys, withTool } from '../open-tool';
import { checkKeys } from './check-keys';
import { checkSize } from './check-size';
import { type Finding, fault, ok } from './finding';

const PING_MS = 2_000;
/** Beyond it what lies in the store cannot be of a clock like this one. */
const FUTURE_MS = 5_000;

/** @throws StoreRefusedError; AuthError STORE_UNAVAILABLE */
export async function checkEmbedded(
  directory: string,
  settings: Settings,
  secrets: Secrets | undefined,
): Promise<Finding[]> {
  if (!existsSync(join(directory, 'data.mdb'))) return [emptyFinding(directory)];
  return withTool(
    withoutKeys(settings),
    async ({ store, internalCall }) => {
      await store.ping(PING_MS);
      const query = { userId: undefined, type: undefined, before: undefined, limit: 1 };
      const [newest] = await store.auditLog.list(query, internalCall());
      return [
        ok('store', `${store.description} can be read and written`),
        checkSize(await store.countRows(internalCall())),
        ok('indexes', 'The embedded store needs none'),
        clockFinding(newest?.occurredAt),
        checkKeys(settings.tokens.algorithm, await store.signingKeys.list(internalCall()), secrets),
      ];
    },
    { quiet: true },
  );
}

/** Whether a start could make the store. */
function emptyFinding(directory: string): Finding {
  let nearest = directory;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  if (!statSync(nearest).isDirectory()) {
    return fault('store', `${nearest} is a file: name a directory in DATABASE_URL (file:DIR)`);
  }
  try {
    accessSync(nearest, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fault('store', `${nearest} cannot be written: give it to the user that runs the service`);
  }
  return ok('store', `Nothing in ${directory} yet: the service makes it when it starts`);
}

function clockFinding(newest: Date | undefined): Finding {
  const now = Date.now();
  const said = `This clock says ${new Date(now).toISOString()}`;
  if (newest === undefined || newest.getTime() <= now + FUTURE_MS) return ok('clock', said);
  return fault(
    'clock',
    `${said}, but the store holds an event of ${newest.toISOString()}: set the clock, let it follow NTP`,
  );
}
