import { type Command, JSON_HELP, JSON_OPTION, readText } from '../command';
import { readColumns, readFormat, readHints } from '../import/import-options';
import { ImportReport } from '../import/import-report';
import { openExport } from '../import/open-export';
import { Progress } from '../import/progress';
import { runImport, UNREADABLE } from '../import/run-import';
import { CLI_ACTOR, loadWithKeys, loadWithKeysOrWithout, withTool } from '../open-tool';
import { printJson } from '../print';

const EXIT_SOME_REFUSED = 2;
/** Refused rows that are shown; the report has all. */
const MOST_SHOWN = 20;

export const usersImport: Command = {
  summary: 'takes in users of another system with their passwords',
  help: `postern users import FILE --from FORMAT [OPTIONS]

FILE is an export; - is standard input. docs/import.md says how to make one, and which hashes are taken.

  --from FORMAT        ndjson, csv, keycloak, auth0, firebase, supabase, django or kratos
  --dry-run            says what would be done, and stores nothing
  --map COLUMN=FIELD   csv and ndjson: the column that holds a field; may come more than once
  --hash-parameters P  firebase: the parameters of the project, or the file that holds them
  --pepper-file FILE   the secret that the origin mixes into every password
  --prehash NAME       what the origin does to a password before it hashes it
  --report FILE        writes the refused rows there, to be mended and given to --from ndjson
${JSON_HELP}

Ends with 2 when rows were refused. Given again, it goes on: rows that are there are unchanged.`,
  options: {
    ...JSON_OPTION,
    from: { type: 'string' },
    'dry-run': { type: 'boolean' },
    map: { type: 'string', multiple: true },
    'hash-parameters': { type: 'string' },
    'pepper-file': { type: 'string' },
    prehash: { type: 'string' },
    report: { type: 'string' },
  },
  operands: { min: 1, max: 1 },
  async run(options, terminal, [file = '']) {
    const format = readFormat(options);
    const columns = readColumns(options, format);
    const hints = readHints(options);
    const isDryRun = options['dry-run'] === true;
    // What needs a secret of its origin is sealed with a key of the service.
    const config =
      hints.pepper !== undefined || hints.firebase !== undefined ? loadWithKeys() : loadWithKeysOrWithout();
    const source = await openExport(file, terminal);
    const progress = new Progress(terminal.stderr, source);
    let shown = 0;
    let unreadable = 0;
    const counts = await withTool(config, async ({ useCases, internalCall }) => {
      const report = await ImportReport.open(readText(options, 'report'));
      try {
        return await runImport({
          format,
          columns,
          text: source.text,
          options: { hints, isDryRun },
          importUsers: (rows, how, call) => useCases.admin.importUsers(rows, how, CLI_ACTOR, call),
          internalCall,
          onProgress: (rows) => progress.show(rows),
          async onRefused(fields, refused) {
            const { at, field, reason, description } = refused;
            shown += 1;
            if (reason === UNREADABLE) unreadable += 1;
            progress.clear();
            const about = field === '' ? reason : `${field}: ${reason}`;
            if (shown <= MOST_SHOWN) terminal.stderr.write(`${at}: ${about}. ${description}\n`);
            await report.add(fields, refused);
          },
        });
      } finally {
        progress.clear();
        await report.close();
      }
    });
    if (shown > MOST_SHOWN) terminal.stderr.write(`... and ${shown - MOST_SHOWN} more; --report FILE writes all\n`);
    const { imported, unchanged, refused } = counts;
    if (imported + unchanged === 0 && 2 * unreadable >= refused) {
      terminal.stderr.write('Hardly anything of it could be read; is --from right?\n');
    }
    const verb = isDryRun ? 'Would import' : 'Imported';
    if (options.json === true) printJson(terminal, { ...counts, dryRun: isDryRun });
    else terminal.stdout.write(`${verb} ${imported}, unchanged ${unchanged}, refused ${refused}\n`);
    return refused > 0 ? EXIT_SOME_REFUSED : 0;
  },
};
