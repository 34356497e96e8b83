import './require-node.mjs';
import { spawn } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { root } from './project.mjs';

/** An editor writes a file in several steps; one build follows the last of them. */
const QUIET_MS = 150;

/** Those of `npm start`. */
const { node_flags: flags } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).config;

let service;
let timer;
let stopping = false;

function start() {
  service = spawn(process.execPath, [...flags.split(' '), join(root, 'scripts/start.mjs')], { stdio: 'inherit' });
  service.on('exit', (code) => {
    service = undefined;
    if (stopping) process.exit(code ?? 0);
    if (code !== 0) process.stderr.write(`The service ended (${code}). It starts again after the next change.\n`);
  });
}

/** Builds before the running service is stopped, so that a mistake in the sources leaves it running. */
function restart() {
  if (stopping) return;
  try {
    build();
  } catch (error) {
    process.stderr.write(`${error.message}\nThe service goes on as it was.\n`);
    return;
  }
  if (service === undefined) return start();
  service.removeAllListeners('exit');
  service.once('exit', start);
  service.kill('SIGTERM');
}

function stop() {
  stopping = true;
  if (service === undefined) process.exit(0);
  service.removeAllListeners('exit');
  service.once('exit', (code) => process.exit(code ?? 0));
  service.kill('SIGTERM');
}

try {
  install();
  build();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
watch(join(root, 'src'), { recursive: true }, () => {
  clearTimeout(timer);
  timer = setTimeout(restart, QUIET_MS);
});
start();
