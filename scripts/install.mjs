import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './lock.mjs';
import { root } from './project.mjs';

/** Installs what package-lock.json names, unless it is there. Install scripts stay off: nothing here needs one. */
export function install() {
  if (isInstalled()) return;
  alone(() => {
    if (isInstalled()) return;
    refuseLink();
    process.stderr.write('Installing the dependencies (once)...\n');
    const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    // NODE_ENV=production would leave out what builds the service.
    const env = { ...process.env, NODE_ENV: 'development' };
    const { status } = spawnSync('npm', npm, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('npm ci failed; see above');
  });
}

/** Whether npm has put every package of package-lock.json in its place, as its own record of the tree says. */
function isInstalled() {
  const wanted = packages('package-lock.json');
  const present = packages('node_modules/.package-lock.json');
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (present[path] === undefined ? optional === true : present[path].version === version),
  );
}

/** `npm ci` would empty the directory that a link leads to, which may be another clone's. */
function refuseLink() {
  const isLink = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (isLink)
    throw new Error('node_modules is a link and lacks what package-lock.json names; remove the link and try again');
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
