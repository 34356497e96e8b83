import { loadConfig } from '../../src/config/config';
import { documents, inBase } from './manifests';

const COMPONENT = 'k8s/components/tracing';
const [component] = documents(`${COMPONENT}/kustomization.yaml`);
const [[patch]] = documents(`${COMPONENT}/network-policy.yaml`);

const settings = Object.fromEntries(
  component.configMapGenerator[0].literals.map((literal: string) => {
    const at = literal.indexOf('=');
    return [literal.slice(0, at), literal.slice(at + 1)];
  }),
);

test('the component for traces turns them on, into the ConfigMap of the base', () => {
  const runtime = { directory: __dirname, terminal: false, cores: 1 };
  const config = loadConfig({ SECRET_KEY: 'q8Zr2vXw7LkT4mNc9BhY1sUe6JdFa3Gp', ...settings }, runtime);
  expect(config.tracing).toMatchObject({ sampler: 'parentbased_traceidratio', samplerRatio: 0.05 });
  const [{ name }] = documents('k8s/base/kustomization.yaml')[0].configMapGenerator;
  expect(component.configMapGenerator[0]).toMatchObject({ name, behavior: 'merge' });
});

test('The tracing component lets pods out to the receiver that it names and nowhere else [H4]', () => {
  expect(component.patches[0].target).toEqual({ kind: 'NetworkPolicy', name: inBase('NetworkPolicy').metadata.name });
  expect([patch.op, patch.path]).toEqual(['add', '/spec/egress/-']);
  const { hostname, port } = new URL(settings.OTEL_EXPORTER_OTLP_ENDPOINT);
  const namespace = { 'kubernetes.io/metadata.name': hostname.split('.')[1] };
  expect(patch.value).toEqual({
    to: [{ namespaceSelector: { matchLabels: namespace } }],
    ports: [{ port: Number(port), protocol: 'TCP' }],
  });
});
