import { COMMON_FOLDINGS, FULL_FOLDINGS } from './case-folding-table';

const FOLDED = readTable();
const ASCII_ONLY = /^[\0-\x7f]*$/;

/**
 * Full case folding (Unicode Standard, section 3.13, `toCasefold`; CaseFolding.txt, status C and F). It depends on no
 * locale, and on no Unicode version of the runtime, so that replicas on different ones agree.
 */
export function foldCase(text: string): string {
  if (ASCII_ONLY.test(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) folded += FOLDED.get(character) ?? character;
  return folded;
}

function readTable(): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (let i = 0; i < COMMON_FOLDINGS.length; i += 4) {
    const [first = 0, last = 0, step = 1, distance = 0] = COMMON_FOLDINGS.slice(i, i + 4);
    for (let code = first; code <= last; code += step) {
      table.set(String.fromCodePoint(code), String.fromCodePoint(code + distance));
    }
  }
  for (const [code, folded] of FULL_FOLDINGS) table.set(String.fromCodePoint(code), folded);
  return table;
}
