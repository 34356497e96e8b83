import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { callRaw, type StubServer, startStub } from '../../support/grpc/stub-server';
import { spawnTypeScript } from '../../support/processes/spawn-typescript';

let directory: string;
let path: string;
let stub: StubServer | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-unix-'));
  path = join(directory, 'postern.sock');
});
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
  rmSync(directory, { recursive: true });
});

const start = async () => {
  stub = await startStub({ address: `unix:${path}` });
};

async function health(): Promise<number> {
  const client = new Client(`unix:${path}`, credentials.createInsecure());
  const { error } = await callRaw(client, '/grpc.health.v1.Health/Check', Buffer.alloc(0), { timeoutMs: 5_000 });
  client.close();
  return error?.code ?? Code.OK;
}

test.each([
  ['000', 0o000],
  ['022', 0o022],
  ['077', 0o077],
])('serves on a Unix socket that its owner and its group may use, under umask %s', async (_text, mask) => {
  const before = process.umask(mask);
  try {
    await start();
  } finally {
    process.umask(before);
  }
  expect(stub?.address).toBe(`unix:${path}`);
  expect((statSync(path).mode & 0o777).toString(8)).toBe('660');
  expect(await health()).toBe(Code.OK);
});

test('The listener takes its Unix socket away when it stops', async () => {
  await start();
  await stub?.stop();
  stub = undefined;
  expect(existsSync(path)).toBe(false);
});

test('The listener replaces a Unix socket that a killed process has left', async () => {
  const left = spawnTypeScript('processes/unix-listener.ts', [path]);
  await left.printed(1);
  left.child.kill('SIGKILL');
  await left.ended;
  expect(statSync(path).isSocket()).toBe(true);
  await start();
  expect(await health()).toBe(Code.OK);
});

test('The listener leaves a Unix socket alone on which another process listens', async () => {
  const other = createServer((socket) => socket.on('error', () => {})).listen(path);
  await once(other, 'listening');
  await expect(start()).rejects.toThrow('EADDRINUSE');
  expect(statSync(path).isSocket()).toBe(true);
  other.close();
});

test('The listener leaves a file alone that is no socket', async () => {
  writeFileSync(path, 'precious');
  await expect(start()).rejects.toThrow('EADDRINUSE');
  expect(readFileSync(path, 'utf8')).toBe('precious');
});
