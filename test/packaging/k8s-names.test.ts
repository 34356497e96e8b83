import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config/config';
import { ALL_SETTINGS } from '../../src/config/settings';
import { configMap, documents, inBase, type Manifest, manifests } from './manifests';

const ROOT = join(__dirname, '..', '..');
const SECRET = 'k8s/base/secret.example.yaml';
const pod = inBase('Deployment').spec.template;
const [container] = pod.spec.containers;
const portNames: string[] = container.ports.map(({ name }: { name: string }) => name);

/** Every environment variable that the manifests set for Postern, patches and overlays too. */
function variablesSet(): string[] {
  const containers: Manifest[] = manifests().flatMap(({ manifest }) => manifest.spec?.template?.spec?.containers ?? []);
  const ofContainers = containers
    .filter(({ name }) => name === 'postern')
    .flatMap(({ env = [] }) => env.map(({ name }: { name: string }) => name));
  const literals = manifests().flatMap(({ manifest }) =>
    (manifest.configMapGenerator ?? []).flatMap((map: Manifest) => map.literals ?? []),
  );
  return [...ofContainers, ...Object.keys(configMap()), ...literals.map((literal: string) => literal.split('=')[0])];
}

describe('the Kubernetes manifests', () => {
  it('name only variables that the configuration knows', () => {
    const known = ALL_SETTINGS.flatMap(({ name, options }) => (options.secret ? [name, `${name}_FILE`] : [name]));
    expect(variablesSet().filter((name) => !known.includes(name))).toEqual([]);
    expect(variablesSet()).toEqual(expect.arrayContaining(['SECRET_KEY_FILE', 'TLS_CERT_FILE', 'REFLECTION']));
  });

  it('make a configuration that Postern accepts', () => {
    const directory = mkdtempSync(join(tmpdir(), 'postern-k8s-'));
    try {
      const secret = { ...documents(SECRET)[0].stringData, SECRET_KEY: 'q8Zr2vXw7LkT4mNc9BhY1sUe6JdFa3Gp' };
      for (const [name, value] of Object.entries(secret)) writeFileSync(join(directory, name), String(value));
      const [mount] = container.volumeMounts;
      const files = container.env.map(({ name, value }: { name: string; value: string }) => [
        name,
        value.replace(mount.mountPath, directory),
      ]);
      const runtime = { directory, terminal: false, cores: 64 };
      const config = loadConfig({ ...configMap(), ...Object.fromEntries(files) }, runtime);
      expect(config.production).toBe(true);
      expect(config.database.kind).toBe('mongodb');
      expect([config.grpc.address, config.http.address]).toEqual(['[::]:50051', '[::]:8080']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('read from the Secret the keys that its example has', () => {
    const [volume] = pod.spec.volumes;
    const [mount] = container.volumeMounts;
    expect(volume).toMatchObject({ name: mount.name, secret: { secretName: documents(SECRET)[0].metadata.name } });
    const read = container.env.map(({ value }: { value: string }) => value.replace(`${mount.mountPath}/`, ''));
    expect(read.sort()).toEqual(Object.keys(documents(SECRET)[0].stringData).sort());
  });

  it('read the ConfigMap that kustomize makes', () => {
    const [{ name }] = documents('k8s/base/kustomization.yaml')[0].configMapGenerator;
    expect(container.envFrom).toEqual([{ configMapRef: { name } }]);
    expect(documents('k8s/overlays/dev/kustomization.yaml')[0].configMapGenerator[0]).toMatchObject({ name });
  });

  it('open the ports that Postern listens on', () => {
    const ports = container.ports.map(({ containerPort }: { containerPort: number }) => `[::]:${containerPort}`);
    const { GRPC_ADDRESS, HTTP_ADDRESS, HEALTH_ADDRESS } = configMap();
    expect(ports).toEqual([GRPC_ADDRESS, HTTP_ADDRESS, HEALTH_ADDRESS]);
  });

  it('send Services, policies, budgets and autoscalers to the pods and ports there are', () => {
    const label = pod.metadata.labels;
    for (const name of ['postern', 'postern-headless']) {
      const { selector, ports } = inBase('Service', name).spec;
      expect(selector).toEqual(label);
      for (const { targetPort } of ports) expect(portNames).toContain(targetPort);
    }
    const { podSelector, ingress } = inBase('NetworkPolicy').spec;
    expect(podSelector.matchLabels).toEqual(label);
    for (const rule of ingress) for (const { port } of rule.ports) expect(portNames).toContain(port);
    expect(inBase('PodDisruptionBudget').spec.selector.matchLabels).toEqual(label);
    expect(inBase('HorizontalPodAutoscaler').spec.scaleTargetRef.name).toBe(inBase('Deployment').metadata.name);
    expect(pod.spec.serviceAccountName).toBe(inBase('ServiceAccount').metadata.name);
    expect(inBase('Service', 'postern-headless').spec.clusterIP).toBe('None');
  });

  it('scrape the one Service that has the HTTP port', () => {
    const [monitor] = documents('k8s/components/service-monitor/service-monitor.yaml');
    const component = 'app.kubernetes.io/component';
    const wanted = monitor.spec.selector.matchLabels[component];
    expect(inBase('Service').metadata.labels[component]).toBe(wanted);
    expect(inBase('Service', 'postern-headless').metadata.labels[component]).not.toBe(wanted);
    const ports = inBase('Service').spec.ports.map(({ name }: { name: string }) => name);
    expect(ports).toContain(monitor.spec.endpoints[0].port);
  });

  it('let pods out to DNS and MongoDB only [H4]', () => {
    const { policyTypes, egress } = inBase('NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    const ports = egress.flatMap((rule: Manifest) => rule.ports.map(({ port }: { port: number }) => port));
    expect(ports).toEqual([53, 53, 27017]);
  });

  it('list every file that is there, and no other', () => {
    for (const { path, manifest } of manifests().filter(({ path }) => path.endsWith('kustomization.yaml'))) {
      const patches = (manifest.patches ?? []).map((patch: Manifest) => patch.path);
      for (const file of [...(manifest.resources ?? []), ...(manifest.components ?? []), ...patches]) {
        expect([path, file, existsSync(join(ROOT, dirname(path), file))]).toEqual([path, file, true]);
      }
    }
  });
});
