import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { loadSettings } from '../../src/config/config';
import { ALL_SETTINGS } from '../../src/config/settings';
import { run, whenReady, workingDirectory } from '../support/processes/service-process';

const UNIT = 'examples/systemd/postern.service';
const ENV = readFileSync('examples/systemd/postern.env', 'utf8');

/** The directives of the unit, each with its values. */
function readUnit(): Map<string, string[]> {
  const lines = readFileSync(UNIT, 'utf8')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const directives = new Map<string, string[]>();
  for (const line of lines.filter((each) => !each.startsWith('#'))) {
    const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) directives.set(name, [...(directives.get(name) ?? []), value]);
  }
  return directives;
}

describe('the systemd unit', () => {
  const unit = readUnit();
  const one = (name: string) => unit.get(name)?.[0] ?? '';
  const [, ...command] = one('ExecStart').split(' ');
  const { config } = JSON.parse(readFileSync('package.json', 'utf8'));

  it('runs what is built, with the flags of npm start', () => {
    expect(command).toEqual([...config.node_flags.split(' '), '/opt/postern/dist/main.js']);
  });

  it('reads settings that exist, from the directory it works in', () => {
    const settings = parseEnv(ENV);
    expect(Object.keys(settings).sort()).toEqual(['DATABASE_URL', 'NODE_ENV', 'SECRET_KEY_FILE']);
    const names = ALL_SETTINGS.map(({ name }) => name);
    for (const name of Object.keys(settings)) expect(names).toContain(name.replace(/_FILE$/, ''));
    expect(settings.SECRET_KEY_FILE).toBe(join(one('WorkingDirectory'), 'secret-key'));
    expect(settings.DATABASE_URL).toBe(`file:/var/lib/${one('StateDirectory')}`);
  });

  it('leaves room for the connections and the time that the settings allow', () => {
    const settings = loadSettings({});
    expect(Number(one('LimitNOFILE'))).toBeGreaterThanOrEqual(settings.connections.total + 1000);
    expect(Number(one('TimeoutStopSec'))).toBeGreaterThan(settings.drainMs / 1000);
  });

  it('is not started again after an exit that wants a person', () => {
    expect([one('Restart'), one('RestartPreventExitStatus')]).toEqual(['on-failure', '70 78']);
  });

  it('takes away what the service does not need', () => {
    const on = ['NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices', 'ProtectKernelTunables'];
    for (const name of on) expect([name, one(name)]).toEqual([name, 'yes']);
    expect([one('User'), one('ProtectSystem'), unit.get('CapabilityBoundingSet')]).toEqual(['postern', 'strict', ['']]);
    expect(unit.get('SystemCallFilter')).toEqual([
      '@system-service pkey_alloc pkey_free pkey_mprotect',
      '~@privileged',
    ]);
  });

  it('starts the service in production with the settings of the example, and stops it with 0', async () => {
    const directory = await workingDirectory();
    const place = (text: string) =>
      text.replaceAll('/etc/postern', directory.path).replaceAll('/var/lib/postern', join(directory.path, 'state'));
    mkdirSync(join(directory.path, 'state'), { mode: 0o700 });
    writeFileSync(join(directory.path, '.env'), place(ENV));
    writeFileSync(join(directory.path, 'secret-key'), 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe\n', { mode: 0o640 });
    const args = command.map((word) => word.replace('/opt/postern', process.cwd()));
    const addresses = { GRPC_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0', LOG_FORMAT: 'json' };
    const service = await whenReady(run(process.execPath, args, directory.path, addresses));
    const { code, stderr, stdout } = await service.stop();
    await directory.remove();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`"store":"${join(directory.path, 'state')}`);
  }, 60_000);

  // Where systemd is not installed, no program could say whether systemd reads the file.
  if (spawnSync('systemd-analyze', ['--version']).status === 0) {
    it('is read by systemd without a complaint, and rated well for what it may reach', () => {
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', UNIT], { encoding: 'utf8' });
      const complaints = verified.stderr.split('\n').filter((line) => !/not executable|^$/.test(line));
      expect(complaints).toEqual([]);
      const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', UNIT]);
      expect(rated.status).toBe(0);
    });
  }
});
