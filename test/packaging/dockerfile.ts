import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Dockerfile {
  /** All instructions in order, continued lines joined, without comments. */
  readonly instructions: readonly { readonly name: string; readonly value: string }[];
  /** The image of each stage, arguments filled in. */
  readonly bases: readonly string[];
  /** The value of the last instruction of this name. */
  last(name: string): string | undefined;
}

/** The Dockerfile, read. */
export function dockerfile(): Dockerfile {
  const text = readFileSync(join(__dirname, '..', '..', 'Dockerfile'), 'utf8');
  const lines = text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, ' ');
  const instructions = [...lines.matchAll(/^([A-Z]+) +(.*)$/gm)].map(([, name = '', value = '']) => ({ name, value }));
  const readValues = (name: string) => instructions.filter((one) => one.name === name).map(({ value }) => value);
  const args = new Map(readValues('ARG').map((arg) => arg.split('=', 2) as [string, string | undefined]));
  const bases = readValues('FROM').map((from) =>
    (from.split(' ')[0] ?? '').replace(/\$\{(\w+)\}/, (_all, name) => args.get(name) ?? ''),
  );
  return { instructions, bases, last: (name) => readValues(name).at(-1) };
}
