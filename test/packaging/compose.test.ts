import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/config';
import { ALL_SETTINGS } from '../../src/config/settings';
import { installedCompose } from './compose-command';
import { documents } from './manifests';

const ROOT = join(__dirname, '..', '..');
const SECRET_KEY = 'q8Zr2vXw7LkT4mNc9BhY1sUe6JdFa3Gp';
const [{ services, networks }] = documents('compose.yaml');
const { postern, mongo } = services;
const composeCommand = installedCompose();

/** Fills in `${NAME:?...}` and `${NAME:-default}` as compose does. */
function filledIn(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::?[-?]([^}]*))?\}/g, (_all, name: string, otherwise = '') => env[name] ?? otherwise);
}

describe('compose.yaml', () => {
  it('names only variables that the configuration knows', () => {
    const unknown = Object.keys(postern.environment).filter(
      (name) => !ALL_SETTINGS.some((setting) => setting.name === name),
    );
    expect(unknown).toEqual([]);
  });

  it('has no secret of its own and asks for one [A12]', () => {
    expect(postern.environment.SECRET_KEY).toMatch(/^\$\{SECRET_KEY:\?/);
    expect(readFileSync(join(ROOT, 'compose.yaml'), 'utf8')).not.toMatch(/SECRET_KEY:-|PASSWORD/);
  });

  it('makes a configuration that Postern accepts', () => {
    const set = Object.entries<string | null>(postern.environment).filter(([, text]) => text !== null);
    const env = Object.fromEntries(set.map(([name, text]) => [name, filledIn(text ?? '', { SECRET_KEY })]));
    const config = loadConfig({ NODE_ENV: 'production', ...env }, { directory: tmpdir(), terminal: false, cores: 2 });
    expect(config.database.kind).toBe('mongodb');
    expect(config.drainMs / 1000).toBeLessThan(Number.parseInt(postern.stop_grace_period, 10));
  });

  it('runs Postern locked down', () => {
    const lockedDown = { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] };
    expect(postern).toMatchObject(lockedDown);
    expect(postern.user).toBeUndefined();
  });

  it('keeps MongoDB on a network that only Postern shares and that leads nowhere', () => {
    expect(mongo.ports).toBeUndefined();
    expect(mongo.networks).toEqual(['store']);
    expect(networks.store).toEqual({ internal: true });
    expect(postern.networks).toContain('store');
    expect(Object.keys(services).sort()).toEqual(['mailpit', 'mongo', 'postern']);
  });

  it('brings Mailpit for development only, beside Postern, where mail needs no TLS', () => {
    const { mailpit } = services;
    expect(mailpit).toMatchObject({ profiles: ['dev'], network_mode: 'service:postern', read_only: true });
    expect(mailpit.environment.MP_SMTP_BIND_ADDR).toBe('127.0.0.1:1025');
    expect(mailpit.ports).toBeUndefined();
    const mail = Object.entries(postern.environment).filter(([name]) => /^(MAIL|SMTP|RESET|VERIFY)/.test(name));
    expect(mail.map(([, text]) => text)).toEqual([null, null, null, null, null]);
  });

  it('publishes on the loopback address unless configured otherwise', () => {
    const ports = postern.ports.map((port: string) => filledIn(port, {}));
    expect(ports).toEqual(['127.0.0.1:50051:50051', '127.0.0.1:8080:8080', '127.0.0.1:8025:8025']);
  });

  it('starts Postern when the replica set it names takes writes', () => {
    expect(postern.depends_on.mongo.condition).toBe('service_healthy');
    const probe = mongo.healthcheck.test.at(-1);
    const set = mongo.command[mongo.command.indexOf('--replSet') + 1];
    expect(new URL(postern.environment.DATABASE_URL).searchParams.get('replicaSet')).toBe(set);
    expect(probe).toContain(`_id: "${set}"`);
    expect(probe).toContain(`host: "${new URL(postern.environment.DATABASE_URL).host}"`);
    expect(probe).toContain('isWritablePrimary');
  });

  if (composeCommand !== undefined) {
    it('is what docker compose understands', () => {
      const [command, ...args] = composeCommand;
      const { PATH = '', HOME = '' } = process.env;
      const config = [...args, '--project-directory', ROOT, 'config', '--format', 'json'];
      const read = spawnSync(command, config, { env: { PATH, HOME, SECRET_KEY }, encoding: 'utf8' });
      expect([read.status, read.stderr]).toEqual([0, '']);
      expect(Object.keys(JSON.parse(read.stdout).services).sort()).toEqual(['mongo', 'postern']);
    });
  }
});
