import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { VARIABLES, type VariableName } from './env';

/** The texts of the variables that are set, wherever they came from, and what was wrong on the way. */
export interface Environment {
  readonly texts: ReadonlyMap<VariableName, string>;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

type Texts = Readonly<Record<string, string | undefined>>;

const NAMES = Object.keys(VARIABLES) as VariableName[];

/** The environment, then `.env` of `directory` for what the environment does not set. An empty value is the same as none. */
export function readEnvironment(env: Texts, directory: string): Environment {
  const faults: string[] = [];
  const file = readDotEnv(join(directory, '.env'), faults);
  const texts = new Map<VariableName, string>();
  for (const name of NAMES) {
    const text = VARIABLES[name].secret ? secretText(name, env, file, faults) : plainText(name, env, file);
    if (text !== undefined && text !== '') texts.set(name, text);
  }
  return { texts, faults, warnings: misspellings({ ...file, ...env }) };
}

function readDotEnv(path: string, faults: string[]): Texts {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (cause) {
    const code = codeOf(cause);
    if (code !== 'ENOENT') faults.push(`.env: cannot be read (${code}); make it readable or remove it`);
    return {};
  }
}

function plainText(name: VariableName, env: Texts, file: Texts): string | undefined {
  return (env[name] ?? file[name])?.trim();
}

/** The environment's pair of NAME and NAME_FILE hides the pair of the `.env` file. */
function secretText(name: VariableName, env: Texts, file: Texts, faults: string[]): string | undefined {
  const isInEnvironment = env[name] !== undefined || env[`${name}_FILE`] !== undefined;
  const from = isInEnvironment ? env : file;
  const text = from[name];
  const path = from[`${name}_FILE`];
  if (!path) return text;
  if (text) {
    faults.push(`${name}: is given twice, as ${name} and as ${name}_FILE; keep one of them`);
    return undefined;
  }
  try {
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (content === '') faults.push(`${name}_FILE: names an empty file; write the secret into it`);
    return content;
  } catch (cause) {
    faults.push(`${name}_FILE: the file cannot be read (${codeOf(cause)}); check the path and its permissions`);
    return undefined;
  }
}

/** Names that are not ours but nearly: a setting that somebody believes to be in force. */
function misspellings(texts: Texts): string[] {
  const known = new Set<string>(NAMES.flatMap((name) => (VARIABLES[name].secret ? [name, `${name}_FILE`] : [name])));
  return Object.keys(texts)
    .filter((name) => !known.has(name) && name.length >= 5)
    .flatMap((name) => {
      const near = [...known].find((candidate) => isNear(name.toUpperCase(), candidate));
      return near === undefined ? [] : [`${name} is not a setting of Postern and has no effect; ${near} is meant?`];
    });
}

/** Whether one letter more, less, other or swapped makes them equal. */
function isNear(name: string, known: string): boolean {
  if (Math.abs(name.length - known.length) > 1) return false;
  let head = 0;
  while (head < name.length && name[head] === known[head]) head += 1;
  const swapped = name.slice(0, head) + (name[head + 1] ?? '') + (name[head] ?? '') + name.slice(head + 2);
  if (swapped === known) return true;
  const [shorter, longer] = name.length < known.length ? [name, known] : [known, name];
  const rest = shorter.slice(shorter.length === longer.length ? head + 1 : head);
  return rest === longer.slice(head + 1);
}

/** The system's error code, for a message: never the message itself, which may hold the value. */
export function codeOf(cause: unknown): string {
  return String((cause as NodeJS.ErrnoException).code ?? 'unknown error');
}
