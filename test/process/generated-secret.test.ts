import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeDirectories, runtimeFacts } from '../unit/config/runtime-facts';

afterAll(removeDirectories);

const REGISTER = join(__dirname, '../support/processes/register-typescript.cjs');
const MODULE = join(__dirname, '../../src/config/generated-secret.ts');

/** Makes the secret of a directory, or reads it, and prints it: when something comes on standard input. */
const SCRIPT = `
  const { generateSecret } = require(process.argv[1]);
  process.stdin.once('data', () => process.stdout.write(generateSecret(process.argv[2], [])));
  process.stdout.write('ready\\n');`;

test('Processes that start at once agree on one generated secret', async () => {
  const data = join(runtimeFacts().directory, 'data');
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['-r', REGISTER, '-e', SCRIPT, MODULE, data], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  let waiting = children.length;
  const texts = children.map(async (child) => {
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text !== 'ready\n') continue;
      waiting -= 1;
      if (waiting === 0) for (const each of children) each.stdin.end('go');
    }
    return text.replace('ready\n', '');
  });
  const secrets = await Promise.all(texts);
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]).toMatch(/^[\w-]{64}$/);
  expect(readdirSync(data)).toEqual(['secret-key']);
});
