// node run.mjs GATEWAY USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_ATTEMPTS = 100;
const [gateway, use] = process.argv.slice(2);
const job = await json(process.stdin);
const { configure } = await import(`./${gateway}.mjs`);
const directory = await mkdtemp(join(tmpdir(), 'interop-gateway-'));
const port = await freePort();
const { file, text, extra = {}, command, args, close } = await configure({ job, use, port, directory });
for (const [name, content] of Object.entries({ [file]: text, ...extra }))
  await writeFile(join(directory, name), content);
const child = spawn(command, [...args, join(directory, file)], { stdio: ['ignore', 'ignore', 'pipe'] });
let printed = '';
child.stderr.on('data', (chunk) => {
  printed += chunk;
});
try {
  await reachable();
  for (const [token, value] of Object.entries(job.tokens)) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${value}` } });
    const reason = response.status === 200 ? '' : `${response.status} ${await response.text()}`.trim();
    process.stdout.write(`${JSON.stringify({ token, accepted: reason === '', reason })}\n`);
  }
} finally {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  close?.();
  await rm(directory, { recursive: true, force: true });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const free = server.address().port;
  server.close();
  await once(server, 'close');
  return free;
}

/** Resolves when the gateway answers and has read its keys: the valid token has no answer of 5xx. */
async function reachable() {
  for (let attempt = 0; attempt < READY_ATTEMPTS; attempt++) {
    if (child.exitCode !== null) throw new Error(`${gateway} ended: ${printed}`);
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer !== undefined && answer.status < 500) return;
    await sleep(100);
  }
  throw new Error(`${gateway} does not answer: ${printed}`);
}
