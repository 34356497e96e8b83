import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a file reads that uses the MongoDB of the test run. */
const VARIABLE = /env\.POSTERN_TEST_MONGODB/;

/** Whether a test file, or a test module that it imports, uses the MongoDB of the test run. */
export function wantsMongo(testFile: string): boolean {
  const seen = new Set<string>();
  const open = [testFile];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const text = readFileSync(path, 'utf8');
    if (VARIABLE.test(text)) return true;
    open.push(...importedTestFiles(path, text));
  }
  return false;
}

/** Sources of the service never use it, so imports of them are not followed. */
function importedTestFiles(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import|require\()\s*'(\.[^']*)'/g)]
    .map(([, name = '']) => join(dirname(path), name))
    .filter((file) => !file.includes('/src/'))
    .map((file) => (file.endsWith('.ts') ? file : `${file}.ts`))
    .filter((file) => existsSync(file));
}
