import { existsSync, realpathSync } from 'node:fs';
import { systemClock } from '../../auth/clock';
import { createInternalCall } from '../../auth/internal-call';
import { loadSettings } from '../../config/config';
import { Fault } from '../../config/config-error';
import { type DatabaseConfig, databaseUrl } from '../../config/database-url';
import { type Copied, copyStore } from '../../store/copy-store';
import { openStore } from '../../store/open-store';
import type { Store, StoreOptions } from '../../store/store';
import { type Command, CommandError, JSON_HELP, JSON_OPTION, readText } from '../command';
import { refuseMissingStore } from '../open-tool';
import { printJson } from '../print';

const CALL_MS = 60_000;
const SAME_STORE = '--to is the store that DATABASE_URL names already: give another one';
/** Longer than any access token lives. */
const WINDOW_MS = 8 * 86_400_000;

export const migrateStoreTo: Command = {
  summary: 'copies everything to another store, such as from the embedded store to MongoDB',
  help: `postern migrate-store --to URL [--json]

  --to URL             as DATABASE_URL: mongodb://... or file:DIR; best an empty one
${JSON_HELP}

Copies the store that DATABASE_URL names: users with their passwords, live sessions, API keys, signing keys, the audit
log and what was revoked lately. Refused while a service runs on an embedded store; end one that runs on MongoDB first.
A copy that broke off goes on when the command is given again. Then start the service with DATABASE_URL=URL and the
same SECRET_KEY; one that was made for the embedded store lies in DIR/secret-key.`,
  options: { ...JSON_OPTION, to: { type: 'string' } },
  async run(options, terminal) {
    const to = readText(options, 'to');
    if (to === undefined) throw new CommandError('Give --to URL; see: postern migrate-store --help');
    const settings = loadSettings();
    const database = parseTarget(to);
    refuseMissingStore(settings);
    refuseSameDirectory(settings.database, database);
    const storeOptions: StoreOptions = {
      // As a service does: no other process may write to an embedded store meanwhile.
      openedBy: 'service',
      clock: systemClock,
      revocationWindowMs: WINDOW_MS,
      auditRetentionMs: settings.auditRetentionMs,
      onProblem: (problem) => terminal.stderr.write(`${problem}\n`),
      onFatal: (cause) => terminal.stderr.write(`${cause}\n`),
    };
    const opened: Store[] = [];
    try {
      const source = await openStore(settings.database, storeOptions);
      opened.push(source);
      const target = await openStore(database, storeOptions);
      opened.push(target);
      if (source.description === target.description) throw new CommandError(SAME_STORE);
      terminal.stderr.write(`Store: ${source.description}\nTo: ${target.description}\n`);
      const copied = await copyStore(source, target, () => createInternalCall(systemClock, CALL_MS, 'migrate-store'));
      if (options.json === true) printJson(terminal, { copied });
      else terminal.stdout.write(`${describe(copied)}\n`);
      return 0;
    } finally {
      for (const store of opened.reverse()) await store.close();
    }
  },
};

function describe({ users, sessions, apiKeys, signingKeys, auditEvents, revocations }: Copied): string {
  const counts = [
    `${users} users`,
    `${sessions} live sessions`,
    `${apiKeys} API keys`,
    `${signingKeys} signing keys`,
    `${auditEvents} audit events`,
    `${revocations} revocations`,
  ];
  return `Copied and compared: ${counts.join(', ')}`;
}

/** Before either is opened: one directory cannot be opened twice. @throws CommandError */
function refuseSameDirectory(from: DatabaseConfig, to: DatabaseConfig): void {
  if (from.kind !== 'embedded' || to.kind !== 'embedded' || !existsSync(to.directory)) return;
  if (realpathSync(from.directory) === realpathSync(to.directory)) throw new CommandError(SAME_STORE);
}

/** @throws CommandError */
function parseTarget(text: string): DatabaseConfig {
  try {
    return databaseUrl(text);
  } catch (error) {
    if (error instanceof Fault) throw new CommandError(`--to ${error.message}`);
    throw error;
  }
}
