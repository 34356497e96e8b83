import { readFileSync } from 'node:fs';

/** A fenced block of a page: what follows its language in the first line names it. */
export interface Block {
  readonly language: string;
  readonly name: string;
  readonly text: string;
}

export function readBlocks(page: string): Block[] {
  const fences = readFileSync(page, 'utf8').matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms);
  return [...fences].map(([, language = '', name = '', text = '']) => ({ language, name, text }));
}

const PAGE = 'docs/integrate.md';
const BLOCKS = new Map(readBlocks(PAGE).map((block) => [block.name, block.text]));

/** The block of docs/integrate.md that has this name. */
export function blockNamed(name: string): string {
  const text = BLOCKS.get(name);
  if (text === undefined) throw new Error(`${PAGE} has no block named ${name}`);
  return text;
}

/** The names of the files that the page puts into a folder: `bff` has `server.mjs` and `page.js`. */
export function filesIn(folder: string): string[] {
  const names = [...BLOCKS.keys()].filter((name) => name.startsWith(`${folder}/`) && /\.\w+$/.test(name));
  return names.map((name) => name.slice(folder.length + 1));
}
