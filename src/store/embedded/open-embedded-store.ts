import { join, resolve } from 'node:path';
import { COLLISION_PROBLEM, describeCollisions } from '../name-collision';
import type { Store, StoreOptions } from '../store';
import { checkData } from './check-data';
import { prepareDirectory, preparePrivateFile, refusal } from './data-directory';
import { EmbeddedAccountTokens } from './embedded-account-tokens';
import { EmbeddedApiKeys } from './embedded-api-keys';
import { EmbeddedAuditLog } from './embedded-audit-log';
import { EmbeddedLoginFailures } from './embedded-login-failures';
import { EmbeddedMailLimits } from './embedded-mail-limits';
import { EmbeddedMailOutbox } from './embedded-mail-outbox';
import { EmbeddedRevocationFeed } from './embedded-revocation-feed';
import { EmbeddedSessions } from './embedded-sessions';
import { EmbeddedSigningKeys } from './embedded-signing-keys';
import { EmbeddedUsers } from './embedded-users';
import { Engine } from './engine';
import { rekeyNames } from './rekey-names';
import { lockForService, type ServiceLock } from './service-lock';
import { Sweeper } from './sweeper';

/** How soon a removed or replaced directory is noticed when nothing is written. */
const CHECK_FILES_MS = 500;

export interface EmbeddedStore extends Store {
  /** Takes away, now, what is past its time; a service does so by itself. */
  sweep(): Promise<void>;
}

/**
 * Opens the embedded store in a directory, and makes it where there is none.
 *
 * @throws StoreRefusedError when the directory cannot be used, or another service uses it
 */
export async function openEmbeddedStore(directory: string, options: StoreOptions): Promise<EmbeddedStore> {
  const path = resolve(directory);
  const [serviceFile, dataFile] = [join(path, 'service.mdb'), join(path, 'data.mdb')];
  await prepareDirectory(path, dataFile);
  let lock: ServiceLock | undefined;
  try {
    for (const file of [serviceFile, dataFile]) await preparePrivateFile(file);
    if (options.openedBy === 'service') lock = await lockForService(path, serviceFile);
    await checkData(dataFile);
    const engine = Engine.open(dataFile, options, lock === undefined ? [] : [serviceFile]);
    if (options.openedBy !== 'worker') await tellCollisions(engine, options);
    return assemble(path, engine, lock, options);
  } catch (cause) {
    await lock?.release();
    throw refusal(path, cause);
  }
}

async function tellCollisions(engine: Engine, { onProblem }: StoreOptions): Promise<void> {
  const collisions = await rekeyNames(engine);
  if (collisions.length > 0) onProblem(COLLISION_PROBLEM, new Error(describeCollisions(collisions)));
}

function assemble(path: string, engine: Engine, lock: ServiceLock | undefined, options: StoreOptions): EmbeddedStore {
  const revocationFeed = new EmbeddedRevocationFeed(engine, options.clock, options.revocationWindowMs);
  const sweeper = new Sweeper(engine, options);
  if (lock !== undefined) sweeper.start();
  const fileCheck = setInterval(() => engine.checkFiles(), CHECK_FILES_MS).unref();
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(fileCheck);
    revocationFeed.close();
    await sweeper.stop();
    await engine.close();
    await lock?.release();
  };
  return {
    kind: 'embedded',
    description: path,
    users: new EmbeddedUsers(engine),
    sessions: new EmbeddedSessions(engine, options.clock),
    loginFailures: new EmbeddedLoginFailures(engine),
    revocationFeed,
    auditLog: new EmbeddedAuditLog(engine, options),
    signingKeys: new EmbeddedSigningKeys(engine),
    apiKeys: new EmbeddedApiKeys(engine),
    mailOutbox: new EmbeddedMailOutbox(engine, options.clock),
    accountTokens: new EmbeddedAccountTokens(engine),
    mailLimits: new EmbeddedMailLimits(engine),
    ping: (timeoutMs) => engine.ping({ deadline: options.clock.monotonic() + timeoutMs }),
    sweep: () => sweeper.sweep(),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
