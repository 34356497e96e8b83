// dashboard.mjs [SECONDS]: draws docs/pictures/dashboard.svg anew. It runs two replicas on the MongoDB of DATABASE_URL,
// which should be an empty database of a server for tests, calls them for SECONDS (300), has a real Prometheus
// (PROMETHEUS, or `prometheus` of the PATH) scrape them, and asks it what the panels of the dashboard ask.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from '../build.mjs';
import { root } from '../project.mjs';
import { drawDashboard } from './draw-dashboard.mjs';
import { sendTraffic } from './traffic.mjs';

const ROWS = 28;
const REPLICAS = [0, 1].map((number) => ({ name: `postern-${number}`, grpc: 47_051 + number, http: 47_081 + number }));
const PROMETHEUS = 'http://127.0.0.1:47090';
const directory = mkdtempSync(join(tmpdir(), 'postern-dashboard-'));
const children = [];

function start(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
}

async function whenUp(url) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await sleep(200);
  }
  throw new Error(`${url} does not answer`);
}

function configurePrometheus() {
  const targets = REPLICAS.map(({ name, http }) => ({
    targets: [`127.0.0.1:${http}`],
    labels: { instance: name, namespace: 'postern' },
  }));
  const config = {
    global: { scrape_interval: '2s' },
    scrape_configs: [{ job_name: 'postern', static_configs: targets }],
  };
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(config));
}

async function main() {
  const seconds = Number(process.argv[2] ?? 300);
  build();
  for (const { grpc, http } of REPLICAS) {
    start(process.execPath, [join(root, 'dist/main.js')], {
      GRPC_ADDRESS: `127.0.0.1:${grpc}`,
      HTTP_ADDRESS: `127.0.0.1:${http}`,
      SECRET_KEY: 'of-no-worth-outside-of-this-picture',
      TRUSTED_PROXIES: '127.0.0.1',
    });
  }
  for (const { http } of REPLICAS) await whenUp(`http://127.0.0.1:${http}/readyz`);
  configurePrometheus();
  start(process.env.PROMETHEUS ?? 'prometheus', [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=tsdb',
    '--web.listen-address=127.0.0.1:47090',
    '--log.level=error',
  ]);
  await whenUp(`${PROMETHEUS}/-/ready`);
  await sendTraffic(
    REPLICAS.map(({ http }) => `http://127.0.0.1:${http}`),
    seconds + 20,
  );
  const to = Math.floor(Date.now() / 1000) - 2;
  mkdirSync(join(root, 'docs/pictures'), { recursive: true });
  writeFileSync(
    join(root, 'docs/pictures/dashboard.svg'),
    await drawDashboard(PROMETHEUS, { from: to - seconds, to, rows: ROWS }),
  );
}

main()
  .catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  })
  .finally(async () => {
    for (const child of children) {
      const ended = once(child, 'exit');
      if (child.kill('SIGTERM')) await ended;
    }
    rmSync(directory, { recursive: true });
  });
