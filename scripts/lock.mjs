import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

const directory = join(root, '.cache');
const path = join(directory, 'setup.lock');

/** Runs `work` while no other process on this machine installs or builds in this clone. */
export function alone(work) {
  mkdirSync(directory, { recursive: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    while (!taken(own)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  } finally {
    rmSync(own);
  }
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function taken(own) {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!holderLives()) rmSync(path, { force: true });
    return false;
  }
}

function holderLives() {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
