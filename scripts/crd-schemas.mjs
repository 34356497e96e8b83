// crd-schemas.mjs CRDS SCHEMAS: writes the schemas of the custom resources in the folder CRDS as kubeconform wants
// them, strict: a field that a schema does not name is a fault, where the cluster would drop it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const [source, target] = process.argv.slice(2);
const KINDS = new Set(['ServiceMonitor', 'PrometheusRule']);

function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const inside = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]));
  const isClosed = schema.properties !== undefined && !schema['x-kubernetes-preserve-unknown-fields'];
  return isClosed ? { additionalProperties: false, ...inside } : inside;
}

mkdirSync(target, { recursive: true });
for (const file of readdirSync(source)) {
  const { spec } = parse(readFileSync(join(source, file), 'utf8')) ?? {};
  if (!KINDS.delete(spec?.names?.kind)) continue;
  for (const { name, schema } of spec.versions) {
    const path = join(target, `${spec.names.singular}-${spec.group.split('.')[0]}-${name}.json`);
    const { properties, ...rest } = schema.openAPIV3Schema;
    // What every object of Kubernetes may carry is not the resource's own.
    writeFileSync(
      path,
      JSON.stringify(strict({ ...rest, properties: { ...properties, metadata: { type: 'object' } } })),
    );
  }
}
if (KINDS.size > 0) throw new Error(`No schema of ${[...KINDS].join(', ')} in ${source}`);
