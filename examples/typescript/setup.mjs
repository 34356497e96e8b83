// Once: makes a service account with an API key for this example, and puts the client where `server.mjs` finds it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildClient } from '../../clients/typescript/build.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const ACCOUNT = 'typescript-example';

/** `postern ARGS --json`, on the store that the environment and .env name, beside the running service. */
function postern(...args) {
  const command = [join(root, 'bin', 'postern.js'), ...args, '--json'];
  return JSON.parse(execFileSync(process.execPath, command, { cwd: process.cwd(), encoding: 'utf8' }));
}

// In a service of your own: npm install @postern/client
buildClient();
const scope = join(here, 'node_modules', '@postern');
mkdirSync(scope, { recursive: true });
rmSync(join(scope, 'client'), { force: true });
symlinkSync(join(root, 'clients', 'typescript'), join(scope, 'client'));

const known = postern('service-accounts', 'list');
if (!JSON.stringify(known).includes(`"${ACCOUNT}"`)) {
  postern('service-accounts', 'create', ACCOUNT, '--role', 'service');
}
const made = postern('api-keys', 'create', ACCOUNT, '--name', 'example');
const file = process.env.API_KEY_FILE ?? join(here, 'api-key');
rmSync(file, { force: true });
writeFileSync(file, made.apiKey, { mode: 0o600 });
process.stdout.write(`The API key of ${ACCOUNT} is in ${file}\n`);
