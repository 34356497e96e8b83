import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const PYTHON_TOOLS = ['grpcio-status==1.76.0', 'grpcio-tools==1.76.0'];

/** The environment of a reader whose folders are below `directory`. No release of tomorrow changes a test. */
export function readerEnvironment(directory: string): Record<string, string> {
  // What this machine says of registries is there too; what Jest says of itself is not.
  const here = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_ENV|JEST_)/.test(name)));
  const { PATH = '', HOME = '', GOFLAGS = '', GOMODCACHE = join(HOME, 'go', 'pkg', 'mod') } = here;
  return {
    ...(here as Record<string, string>),
    PATH: `${join(directory, 'bin')}:${PATH}`,
    GOFLAGS: `${GOFLAGS} -buildvcs=false`.trim(),
    GOPATH: join(directory, 'go'),
    GOMODCACHE,
    PIP_CONSTRAINT: writeConstraints(directory),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    npm_config_before: '2026-11-28',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_ignore_scripts: 'true',
  };
}

/** The versions that the Python client is tested with. */
function writeConstraints(directory: string): string {
  const path = join(directory, 'constraints.txt');
  if (existsSync(path)) return path;
  const pinned = readFileSync(join(ROOT, 'clients', 'python', 'requirements-test.txt'), 'utf8');
  writeFileSync(path, `${pinned.replaceAll(/\[.*?\]/g, '')}${PYTHON_TOOLS.join('\n')}\n`);
  return path;
}
