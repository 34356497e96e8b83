import { readFileSync } from 'node:fs';
import type { ImportHints } from '../../auth/import/imported-hashes';
import { CommandError, type OptionValues, readText, readTexts } from '../command';
import { type ExportFormat, FORMATS } from './formats';
import { isField } from './run-import';

/** @throws CommandError */
export function readFormat(options: OptionValues): ExportFormat {
  const name = readText(options, 'from') ?? '';
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined) throw new CommandError(`--from must be one of: ${Object.keys(FORMATS).join(', ')}`);
  return format;
}

/** `--map column=field` as column -> field. @throws CommandError */
export function readColumns(options: OptionValues, format: ExportFormat): Map<string, string> {
  const columns = new Map<string, string>();
  for (const text of readTexts(options, 'map')) {
    const at = text.lastIndexOf('=');
    const field = text.slice(at + 1);
    if (at < 1 || !isField(field)) {
      throw new CommandError('--map must be COLUMN=FIELD, with a field of ImportUsersRequest such as password_hash');
    }
    columns.set(text.slice(0, at), field);
  }
  if (columns.size > 0 && format.isMapped !== true) throw new CommandError('--map is for --from csv and ndjson');
  return columns;
}

/** What the operator knows of the hashes. @throws CommandError */
export function readHints(options: OptionValues): ImportHints {
  const parameters = readText(options, 'hash-parameters');
  const pepperFile = readText(options, 'pepper-file');
  const prehash = readText(options, 'prehash');
  return {
    ...(pepperFile === undefined ? {} : { pepper: readSecret(pepperFile).replace(/\r?\n$/, '') }),
    ...(prehash === undefined ? {} : { prehash }),
    ...(parameters === undefined ? {} : { firebase: /[{\n:]/.test(parameters) ? parameters : readSecret(parameters) }),
  };
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
