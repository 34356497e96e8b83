import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TEST_FOLDERS = ['test', 'clients/typescript/test'];
/** Options of jest that take the next argument as their value. */
const WITH_VALUE = new Set(['-t', '--testNamePattern', '-w', '--maxWorkers', '-c', '--config', '--outputFile']);
const LITERAL = /\b(?:describe|it|test)\b[^'"`\n]*\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g;

/** The files and folders that the arguments of a run name. */
function pathsIn(args) {
  return args.filter((arg, index) => !arg.startsWith('-') && !WITH_VALUE.has(args[index - 1]));
}

/** Whether what runs needs the built service: all tests do but those of these folders. */
export function needsBuild(args) {
  const paths = pathsIn(args);
  // `npm run test:watch` names none and runs unit tests alone.
  if (paths.length === 0) return !args.includes('--watch');
  return !paths.every((path) => /^(\.\/)?test\/(unit|domain|hashes|documentation)\b/.test(path));
}

/**
 * The test files that have a test of the name that `-t` asks for, so that a run of one test loads one file. None when
 * the arguments name files already, or when the name is put together in a way that only running the files shows: jest
 * then looks through all of them.
 */
export function filesWithName(root, args) {
  const name = nameIn(args);
  if (name === undefined || pathsIn(args).length > 0) return [];
  const pattern = new RegExp(name, 'i');
  const files = TEST_FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => typeScriptFiles(root, folder))
    .filter((file) => hasName(readFileSync(join(root, file), 'utf8'), pattern));
  return files.every((file) => file.endsWith('.test.ts')) ? files : [];
}

function typeScriptFiles(root, folder) {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
}

function nameIn(args) {
  const at = args.findIndex((arg) => arg === '-t' || arg === '--testNamePattern');
  if (at >= 0) return args[at + 1];
  return args.find((arg) => arg.startsWith('--testNamePattern='))?.slice('--testNamePattern='.length);
}

/** Names as they are in the file, alone and behind the name of each `describe`. */
function hasName(text, pattern) {
  const names = [...text.matchAll(LITERAL)].map(([, , name]) => name.replaceAll(/\\(.)/g, '$1'));
  const groups = [...text.matchAll(/\bdescribe\b[^'"`\n]*\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g)].map(([, , name]) => name);
  return names.some((name) => pattern.test(name) || groups.some((group) => pattern.test(`${group} ${name}`)));
}
