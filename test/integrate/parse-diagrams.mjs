// Prints as JSON what Mermaid, installed in the directory that is named, says of the texts on standard input.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [, , directory] = process.argv;
const { JSDOM } = createRequire(join(directory, 'package.json'))('jsdom');
const { window } = new JSDOM(''); // it cleans labels with the DOM of a browser
Object.assign(globalThis, { window, document: window.document });
const entry = join(directory, 'node_modules', 'mermaid', 'dist', 'mermaid.core.mjs');
const { default: mermaid } = await import(pathToFileURL(entry));

const kinds = [];
for (const diagram of JSON.parse(await text(process.stdin))) {
  const said = await mermaid.parse(diagram).then(
    ({ diagramType }) => diagramType,
    ({ message }) => message,
  );
  kinds.push(said);
}
process.stdout.write(JSON.stringify(kinds));
