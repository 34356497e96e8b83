import { readFileSync } from 'node:fs';

interface Change {
  readonly from: string;
  readonly to: string;
  readonly importLine: string;
}

const LABELS: Readonly<Record<string, string>> = {
  'express-client': 'Express, client',
  'fastapi-client': 'FastAPI, client',
  'go-client': 'Go, client',
  express: 'Express',
  fastapi: 'FastAPI',
  go: 'Go',
};

/** What the table under "TLS" of docs/integrate.md changes in a service. */
function changesFor(folder: string): Change[] {
  const [, section = ''] = /^### TLS\n(.*?)^### /ms.exec(readFileSync('docs/integrate.md', 'utf8')) ?? [];
  const rows = section.matchAll(/^\| ([^|]+) \| `([^`|]+)` \| `([^`|]+)` \| (?:none|`([^`|]+)`) \|$/gm);
  return [...rows]
    .filter(([, label]) => label === LABELS[folder])
    .map(([, , from = '', to = '', importLine = '']) => ({ from, to, importLine }));
}

/** Makes the changes in a file that has what they replace; the import goes where the language wants it. */
export function withTls(folder: string): (file: string) => string {
  const changes = changesFor(folder);
  if (changes.length === 0) throw new Error(`docs/integrate.md does not say how ${folder} speaks TLS`);
  return (file) =>
    changes.reduce((text, { from, to, importLine }) => {
      if (!text.includes(from)) return text;
      const changed = text.replace(from, () => to);
      if (importLine === '') return changed;
      return importLine.startsWith('"')
        ? changed.replace('import (\n', `import (\n\t${importLine}\n`)
        : `${importLine}\n${changed}`;
    }, file);
}
