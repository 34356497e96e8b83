import { type Html, html } from './html';

/** The part of an OpenAPI document that `/openapi.json` uses. */
export interface ApiDocument {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly requestBody?: { readonly content: JsonContent };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: JsonContent }>>;
}

interface JsonContent {
  readonly 'application/json': { readonly schema: Schema };
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The operations of each service with their fields, and the types that these share. */
export function renderApiReference({ tags, paths, components: { schemas } }: ApiDocument): Html {
  const operations = Object.entries(paths).map(([path, { post }]) => ({ path, ...post }));
  const messages = new Set(
    operations.flatMap((operation) => [findRequestName(operation), findResponseName(operation)]),
  );
  const shared = Object.entries(schemas).filter(([name]) => !messages.has(name));
  return html`${tags.map(
    ({ name, description }) =>
      html`<h3>${shorten(name)}</h3>
${renderText(description)}
${operations
  .filter((operation) => operation.tags.includes(name))
  .map((operation) => renderOperation(operation, schemas))}`,
  )}<h3>Types</h3>
${shared.map(
  ([name, schema]) =>
    html`<details><summary><code>${shorten(name)}</code></summary><div class="body" id="${name}">
${renderText(schema.description ?? '')}${renderFields(schema)}</div></details>
`,
)}`;
}

function renderOperation(
  operation: Operation & { readonly path: string },
  schemas: ApiDocument['components']['schemas'],
) {
  const { path, summary, description = '' } = operation;
  const fields = (title: string, name: string | undefined): Html =>
    name === undefined ? html`` : html`<h4>${title}</h4>${renderFields(schemas[name] ?? {})}`;
  return html`<details><summary><code>${shorten(path.replaceAll('/', '.'))}</code></summary>
<div class="body" id="${path.slice(1)}"><p><code>POST ${path}</code></p>
${renderText(summary)}${renderText(description)}
${fields('Request', findRequestName(operation))}${fields('Response', findResponseName(operation))}</div></details>
`;
}

function renderFields({ properties = {} }: Schema): Html {
  const rows = Object.entries(properties);
  if (rows.length === 0) return html`<p>No fields.</p>`;
  return html`<dl>${rows.map(
    ([name, schema]) =>
      html`<dt><code>${name}</code> <span class="type">${renderType(schema)}</span></dt>
<dd>${renderText(schema.description ?? '')}</dd>`,
  )}</dl>`;
}

function renderType(schema: Schema): Html {
  const { $ref, items, additionalProperties, type = 'any' } = schema;
  if ($ref !== undefined) {
    const name = nameIn($ref);
    return html`<a href="#${name}">${shorten(name)}</a>`;
  }
  if (items !== undefined) return html`list of ${renderType(items)}`;
  if (additionalProperties !== undefined) return html`map of ${renderType(additionalProperties)}`;
  if (schema.enum !== undefined) return html`${schema.enum.join(' | ')}`;
  const detail = schema.format ?? schema.contentEncoding;
  return html`${[type].flat().join(' or ')}${detail === undefined ? '' : ` (${detail})`}`;
}

/** Paragraphs, and code between backticks. */
function renderText(text: string): Html {
  if (text === '') return html``;
  const paragraph = (part: string): Html =>
    html`<p>${part.split('`').map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`))}</p>`;
  return html`${text.split('\n\n').map(paragraph)}`;
}

function findRequestName({ requestBody }: Operation): string | undefined {
  return findMessageName(requestBody?.content);
}

function findResponseName({ responses }: Operation): string | undefined {
  return findMessageName(responses['200']?.content);
}

function findMessageName(content: JsonContent | undefined): string | undefined {
  const reference = content?.['application/json'].schema.$ref;
  return reference === undefined ? undefined : nameIn(reference);
}

function nameIn(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

function shorten(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
