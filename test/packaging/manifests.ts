import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { parseAllDocuments } from 'yaml';

const ROOT = join(__dirname, '..', '..');
const K8S = join(ROOT, 'k8s');

// biome-ignore lint/suspicious/noExplicitAny: a manifest is whatever its file says; kubeconform checks its shape.
export type Manifest = any;

/** All documents of one YAML file of the project. */
export function documents(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(join(ROOT, path), 'utf8')).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/** Every document under k8s/, with the path of its file. */
export function manifests(): { path: string; manifest: Manifest }[] {
  const files = readdirSync(K8S, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return files.flatMap((name) => documents(join('k8s', name)).map((manifest) => ({ path: `k8s/${name}`, manifest })));
}

/** The document of the base with this kind and name. */
export function inBase(kind: string, name = 'postern'): Manifest {
  const found = manifests().find(
    ({ path, manifest }) => path.startsWith('k8s/base/') && manifest.kind === kind && manifest.metadata?.name === name,
  );
  if (found === undefined) throw new Error(`k8s/base has no ${kind} ${name}`);
  return found.manifest;
}

/** What the base's ConfigMap sets. */
export function configMap(): Record<string, string> {
  return parseEnv(readFileSync(join(K8S, 'base/postern.env'), 'utf8')) as Record<string, string>;
}

/** All pods that anything under k8s/ runs, whole ones, not patches. */
export function podSpecs(): { path: string; spec: Manifest }[] {
  return manifests()
    .filter(({ manifest }) => manifest.spec?.template?.spec?.containers && manifest.spec.selector)
    .map(({ path, manifest }) => ({ path, spec: manifest.spec.template.spec }));
}
