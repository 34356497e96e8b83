import { loadSettings } from '../../config/config';
import { describeDatabase, migrateStore } from '../../store/migrate-store';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { printJson } from '../print';

export const migrate: Command = {
  summary: 'brings the store that DATABASE_URL names up to date: indexes, keys of names',
  help: `postern migrate [--json]

The service does so by itself when it starts; this does it ahead of a deployment. Repeated without harm.

${JSON_HELP}`,
  options: JSON_OPTION,
  async run({ json }, terminal) {
    const { database, auditRetentionMs } = loadSettings();
    terminal.stderr.write(`Store: ${describeDatabase(database)}\n`);
    const said = await migrateStore(database, auditRetentionMs);
    if (json === true) printJson(terminal, { store: database.kind, migrated: true });
    else terminal.stdout.write(`${said}\n`);
    return 0;
  },
};
