import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { configure, READS_OFTEN } from '../gateways/envoy.mjs';
import { ROOT } from '../harness/service.mjs';

const GO = join(ROOT, '.cache', 'interop', 'go');
const READY_ATTEMPTS = 100;
/** keyfunc holds a check back while it waits to read again. */
const PATIENCE_MS = 5_000;

/** `check` resolves with whether a token is accepted by the keys that the verifier has read. */
export async function startVerifiers(job, directory) {
  const started = ['keyfunc', 'jwx', 'go-jwt-middleware'].flatMap((name) =>
    ['minimal', 'configured'].map((use) => startGo(name, use, job)),
  );
  started.push(await startEnvoy('minimal', job, directory, {}));
  started.push(await startEnvoy('configured', job, directory, READS_OFTEN));
  return started;
}

function startGo(name, use, job) {
  const child = spawn(GO, ['serve', name, use], { stdio: ['pipe', 'pipe', 2] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.write(`${JSON.stringify(job)}\n`);
  let asked = Promise.resolve();
  const check = async (token) => {
    child.stdin.write(`${token}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${name} ended`);
    return JSON.parse(value).accepted;
  };
  return {
    name,
    use,
    /** One after the other; false: no answer in time. */
    check(token) {
      const answer = asked.then(() => check(token));
      asked = answer.catch(() => {});
      return Promise.race([answer, sleep(PATIENCE_MS, false)]);
    },
    stop: () => stop(child),
  };
}

async function startEnvoy(use, job, directory, reading) {
  const port = await freePort();
  const { text, command, args } = configure({ job, use: 'configured', port, reading });
  const file = join(directory, `envoy-${use}.json`);
  await writeFile(file, text);
  const child = spawn(command, [...args, file], { stdio: ['ignore', 'ignore', 2] });
  const status = async (headers) => (await fetch(`http://127.0.0.1:${port}/`, { headers })).status;
  for (let attempt = 0; (await status({}).catch(() => 503)) >= 500; attempt += 1) {
    if (attempt === READY_ATTEMPTS) throw new Error('Envoy does not answer');
    await sleep(100);
  }
  return {
    name: 'Envoy jwt_authn',
    use,
    check: async (token) => (await status({ authorization: `Bearer ${token}` })) === 200,
    stop: () => stop(child),
  };
}

async function stop(child) {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
