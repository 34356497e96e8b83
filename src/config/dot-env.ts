import type { Environment } from './environment';
import { errorCode, NotUtf8Error, readTextFile } from './text-file';

/**
 * Reads a `.env` file; one that is not there is empty. What cannot be read becomes a fault, not a setting that is
 * silently lost.
 */
export function readDotEnv(path: string, faults: string[]): Environment {
  try {
    const { values, unreadableLines } = parseDotEnv(readTextFile(path));
    faults.push(...unreadableLines.map(lineFault));
    return values;
  } catch (cause) {
    if (cause instanceof NotUtf8Error) faults.push('.env: is no UTF-8 text; save it as UTF-8');
    else if (errorCode(cause) !== 'ENOENT') {
      faults.push(`.env: cannot be read (${errorCode(cause)}); make it readable or remove it`);
    }
    return {};
  }
}

function lineFault(line: number): string {
  return `.env: line ${line} is neither NAME=value, with a quote that is opened closed again, nor a # comment; correct it`;
}

const SPACE = '[^\\S\\n]*';
const NAME = `(?:export[^\\S\\n]+)?(?<name>[A-Za-z_][\\w.-]*)`;
/** Only between quotes may a value have several lines. */
const QUOTED = `"(?<double>[^"]*)"|'(?<single>[^']*)'|\`(?<back>[^\`]*)\``;
const PLAIN = `(?!${SPACE}["'\`])[^\\n]*`;
const VALUE = `${SPACE}(?:${QUOTED})${SPACE}(?:#[^\\n]*)?|(?<plain>${PLAIN})`;
/** An assignment, a comment, or a blank line. */
const ENTRY = new RegExp(`${SPACE}(?:${NAME}${SPACE}=(?:${VALUE})|#[^\\n]*)?(?:\\n|$)`, 'y');
/** Without quotes a comment begins with white space and `#`, as in a shell. */
const COMMENT = /\s#.*$/;

/**
 * Ours, since neither util.parseEnv nor dotenv says which line it could not read, and the one of Node loses settings:
 * docs/decisions/0024.
 */
function parseDotEnv(file: string): { values: Environment; unreadableLines: number[] } {
  const text = file.replace(/\r\n?/g, '\n');
  const values: Record<string, string> = {};
  const unreadableLines: number[] = [];
  let at = 0;
  while (at < text.length) {
    ENTRY.lastIndex = at;
    const entry = ENTRY.exec(text);
    if (entry === null) unreadableLines.push(text.slice(0, at).split('\n').length);
    const { name, double, single, back, plain = '' } = entry?.groups ?? {};
    if (name !== undefined)
      values[name] = double?.replaceAll('\\n', '\n') ?? single ?? back ?? plain.replace(COMMENT, '').trim();
    at = entry === null ? nextLine(text, at) : at + entry[0].length;
  }
  return { values, unreadableLines };
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
