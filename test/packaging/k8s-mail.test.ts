import { loadConfig } from '../../src/config/config';
import { documents, inBase } from './manifests';

const COMPONENT = 'k8s/components/mail';
const [component] = documents(`${COMPONENT}/kustomization.yaml`);
const [[patch]] = documents(`${COMPONENT}/network-policy.yaml`);

const settings: Record<string, string> = Object.fromEntries(
  component.configMapGenerator[0].literals.map((literal: string) => {
    const at = literal.indexOf('=');
    return [literal.slice(0, at), literal.slice(at + 1)];
  }),
);

test('The mail component turns SMTP on, with the URL from the Secret, into the ConfigMap of the base', () => {
  const { SMTP_URL_FILE, ...rest } = settings;
  expect(SMTP_URL_FILE).toBe('/run/secrets/postern/SMTP_URL');
  const env = { SECRET_KEY: 'q8Zr2vXw7LkT4mNc9BhY1sUe6JdFa3Gp', SMTP_URL: 'smtp://u:p@mail.example.com', ...rest };
  const { mail } = loadConfig(env, { directory: __dirname, terminal: false, cores: 1 });
  expect(mail?.delivery).toMatchObject({ kind: 'smtp', server: { port: 587 } });
  const [{ name }] = documents('k8s/base/kustomization.yaml')[0].configMapGenerator;
  expect(component.configMapGenerator[0]).toMatchObject({ name, behavior: 'merge' });
});

test('The mail component lets pods out to the ports on which mail servers take mail, and nowhere else', () => {
  expect(component.patches[0].target).toEqual({ kind: 'NetworkPolicy', name: inBase('NetworkPolicy').metadata.name });
  expect([patch.op, patch.path]).toEqual(['add', '/spec/egress/-']);
  expect(patch.value).toEqual({
    ports: [
      { port: 587, protocol: 'TCP' },
      { port: 465, protocol: 'TCP' },
    ],
  });
});
