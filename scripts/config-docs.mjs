// Writes every setting of src/config/settings.ts into docs/configuration.md and .env.example, with its default and its
// one line.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './project.mjs';

const WIDTH = 118;

build();
const { ALL_SETTINGS } = createRequire(import.meta.url)('../dist/config/settings.js');
rewrite('docs/configuration.md', withTable);
rewrite('.env.example', withExamples);

function rewrite(name, change) {
  const path = join(root, name);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** The rows of the table whose first column is a variable. */
function withTable(page) {
  const rows = ALL_SETTINGS.map(({ name, shownDefault, doc }) => `| ${name} | ${shownDefault} | ${doc} |\n`);
  return page.replace(/(?:^\| [A-Z][A-Z0-9_]+ \|.*\n)+/m, () => rows.join(''));
}

/** The two lines at its head, then every setting; the value of an example that stands there stays. */
function withExamples(file) {
  const head = file.split('\n\n')[0];
  const entries = ALL_SETTINGS.map(({ name, shownDefault, doc, defaultText }) => {
    const [, kept] = new RegExp(`^#${name}=(.*)$`, 'm').exec(file) ?? [];
    const value = kept ?? defaultText({ production: false, terminal: false, cores: 1 }) ?? '';
    const comment = [...wrap(plain(doc)), `(default: ${plain(shownDefault)})`].map((line) => `# ${line}\n`);
    return `${comment.join('')}#${name}=${value}\n`;
  });
  return `${head}\n\n${entries.join('\n')}`;
}

function plain(text) {
  return text.replaceAll('`', '');
}

function wrap(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== '' && line.length + word.length > WIDTH - 3) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
