import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_SETTINGS } from '../../src/config/settings';
import { dockerfile } from './dockerfile';

const ROOT = join(__dirname, '..', '..');

describe('the Dockerfile', () => {
  const { instructions, bases, last } = dockerfile();
  const values = (name: string) => instructions.filter((one) => one.name === name).map(({ value }) => value);

  it('lets both bases be pinned by digest [H3]', () => {
    const args = values('ARG').filter((arg) => arg.includes('_IMAGE='));
    expect(args).toHaveLength(2);
    expect(values('FROM').filter((from) => from.startsWith('${'))).toHaveLength(2);
  });

  it('installs from the lock file and runs no install script [H1]', () => {
    const installs = values('RUN').filter((run) => /npm (ci|install|i)\b/.test(run));
    expect(installs).toHaveLength(2);
    for (const install of installs) expect(install).toMatch(/npm ci .*--ignore-scripts/);
  });

  it('needs no shell to run, and stays the first process', () => {
    for (const name of ['ENTRYPOINT', 'CMD']) expect(JSON.parse(last(name) ?? '')).toBeInstanceOf(Array);
    expect(last('HEALTHCHECK')).toMatch(/CMD \["/);
    expect(last('STOPSIGNAL')).toBe('SIGTERM');
  });

  it('builds with a supported line of Node [E12]', () => {
    expect(bases[0]).toMatch(/^node:24-/);
  });

  it('sets only what the configuration knows', () => {
    const names = values('ENV').flatMap((env) => [...env.matchAll(/(\w+)=/g)].map(([, name = '']) => name));
    expect(names).toEqual(['NODE_ENV', 'DATABASE_URL']);
    for (const name of names) expect(ALL_SETTINGS.map((setting) => setting.name)).toContain(name);
  });

  it('holds no secret [A12]', () => {
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).not.toMatch(/SECRET_KEY|PASSWORD|TOKEN/);
  });

  it('copies from the tree only what .dockerignore lets through', () => {
    const [everything, ...allowed] = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(isRule);
    expect(everything).toBe('*');
    const copied = values('COPY')
      .filter((copy) => !copy.startsWith('--from'))
      .flatMap((copy) => copy.split(' ').slice(0, -1));
    expect([...new Set(copied)].map((path) => `!${path}`).sort()).toEqual(allowed.sort());
    for (const path of copied) expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  });
});

function isRule(line: string): boolean {
  return line !== '' && !line.startsWith('#');
}
