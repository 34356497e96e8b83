import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const START_TIMEOUT_MS = 180_000;

/** Starts the built service on `directory/data` and resolves when it serves; `http` is its base URL. */
export async function startService(directory, env) {
  const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.mjs')], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      GRPC_ADDRESS: '127.0.0.1:0',
      HTTP_ADDRESS: '127.0.0.1:0',
      DATABASE_URL: `file:${join(directory, 'data')}`,
      LOG_FORMAT: 'json',
      LOGIN_LIMIT_PER_MINUTE: '100000',
      ...env,
    },
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const addresses = await readAddresses(child);
    return { ...addresses, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readAddresses(child) {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`The service did not start: ${printed}`)), START_TIMEOUT_MS);
    const read = (chunk) => {
      printed += chunk;
      const [, grpc, http] = /"grpc":"([^"]+)","http":"([^"]+)"/.exec(printed) ?? [];
      if (http === undefined) return;
      clearTimeout(timer);
      resolve({ grpc, http: `http://${http}` });
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`The service ended: ${printed}`));
    });
  });
}

/** Calls an RPC of AuthService as JSON. */
export async function call(base, method, body) {
  const response = await fetch(`${base}/postern.auth.v1.AuthService/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method}: ${JSON.stringify(answer)}`);
  return answer;
}
