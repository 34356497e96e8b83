import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, credentials } from '@grpc/grpc-js';
import { anAuthority } from '../support/clients/certificates';
import type { NewClient } from '../support/clients/new-clients';
import type { StalledKind, StalledNumbers } from '../support/clients/stalled-connections';
import { eventually } from '../support/domain/eventually';
import { callRaw } from '../support/grpc/stub-server';
import { type Service, startService, workingDirectory } from '../support/processes/service-process';
import { spawnTypeScript, type TypeScriptProcess } from '../support/processes/spawn-typescript';

jest.setTimeout(180_000);

/** 127.0.0.2 and on: each address is a source of its own. */
const ADDRESSES = 40;
/** Longer than the handshake timeouts, so that connections are cut off and dialled again while a new client comes. */
const HOLD_MS = 15_000;
const BUILD_UP_MS = 90_000;

const authority = anAuthority();
let directory: Awaited<ReturnType<typeof workingDirectory>>;
let service: Service;
const children: TypeScriptProcess[] = [];

beforeEach(async () => {
  directory = await workingDirectory();
});
afterEach(async () => {
  for (const { child, ended } of children.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await service.stop('SIGKILL');
  await directory.remove();
});

async function start(tls: boolean): Promise<void> {
  const { cert, key } = authority.issue('server');
  const env = { TLS_CERT_FILE: join(directory.path, 'cert.pem'), TLS_KEY_FILE: join(directory.path, 'key.pem') };
  writeFileSync(join(directory.path, 'ca.pem'), authority.cert);
  writeFileSync(env.TLS_CERT_FILE, cert);
  writeFileSync(env.TLS_KEY_FILE, key);
  service = await startService(directory.path, { ...(tls ? env : {}) });
}

interface Attack extends TypeScriptProcess {
  /** How many are open of these kinds, by its own count. */
  open(...kinds: StalledKind[]): number;
  dialled(): number;
}

function startAttack(protocol: 'tcp' | 'tls', addresses: number, counts: Partial<Record<StalledKind, number>>): Attack {
  const port = service.grpcAddress.split(':').at(-1) ?? '';
  const kinds = Object.entries(counts).map(([kind, count]) => `${kind}=${count}`);
  const attack = spawnTypeScript('clients/stalled-connections.ts', [port, protocol, String(addresses), ...kinds]);
  children.push(attack);
  const numbers = (): StalledNumbers | undefined => JSON.parse(attack.lines.at(-1) ?? 'null') ?? undefined;
  const open = (...kinds: StalledKind[]) => kinds.reduce((sum, kind) => sum + (numbers()?.open[kind] ?? 0), 0);
  return { ...attack, open, dialled: () => numbers()?.dialled ?? 0 };
}

/** Clients that come one after the other, in a process of their own: what they wait is not for this one. */
function startNewClients(tls: boolean): { all: () => NewClient[]; some: Promise<void> } {
  const ca = tls ? [join(directory.path, 'ca.pem')] : [];
  const clients = spawnTypeScript('clients/new-clients.ts', [service.grpcAddress, String(service.child.pid), ...ca]);
  children.push(clients);
  return { all: () => clients.lines.map((line) => JSON.parse(line)), some: clients.printed(5) };
}

async function serves(): Promise<boolean> {
  const client = new Client(service.grpcAddress, credentials.createInsecure());
  const { error } = await callRaw(client, '/grpc.health.v1.Health/Check', Buffer.alloc(0), { timeoutMs: 10_000 });
  client.close();
  return error === null;
}

/** The sum of the series of a metric that has this label. */
async function metric(name: string, label: string): Promise<number> {
  const text = await (await fetch(`http://${service.httpAddress}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(name) && line.includes(label));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

function residentMib(): number {
  const status = readFileSync(`/proc/${service.child.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

test.each([
  ['h2c', false, { silent: 3_400, preface: 3_300, request: 3_300 }],
  // Last those that are cut off soonest.
  ['TLS', true, { preface: 2_500, request: 2_500, silent: 2_500, hello: 2_500 }],
] as const)('Over %s a new client is served within a second while 10,000 connections stall [E8]', async (name, tls, counts) => {
  await start(tls);
  const clients = startNewClients(tls);
  await clients.some;
  const before = residentMib();
  const attack = startAttack(tls ? 'tls' : 'tcp', ADDRESSES, counts);
  const open = () => attack.open('silent', 'hello', 'preface', 'request');
  await eventually('all are open', () => open() >= 9_800, BUILD_UP_MS);
  const stalled = open();
  await pause(HOLD_MS);
  const resident = residentMib();
  expect(await metric('postern_connections', 'port="grpc"')).toBeGreaterThan(9_000);
  const seen = clients.all();
  const slowest = Math.max(...seen.map(({ waitedMs }) => waitedMs));
  const slowestOfService = Math.max(...seen.map(({ waitedMs, heldUpMs }) => waitedMs - heldUpMs));
  const waits = `the slowest ${slowest.toFixed(0)} ms, ${slowestOfService.toFixed(0)} ms without what the machine held up`;
  const figures = `${attack.dialled()} dialled; ${seen.length} new clients, ${waits}; ${before} MiB before, ${resident} MiB`;
  process.stdout.write(`${name}: ${stalled} stalled connections, ${figures}\n`);
  expect(seen.filter(({ code }) => code !== 0)).toEqual([]);
  expect(seen.length).toBeGreaterThan(30);
  expect(slowestOfService).toBeLessThan(1_000);
  attack.child.stdin?.write('\n');
  if (tls) {
    const stuck = () => attack.open('silent', 'hello');
    await eventually('handshakes that never end are cut off', () => stuck() === 0, 20_000);
    expect(await metric('postern_connections_refused_total', 'handshake_timeout')).toBeGreaterThan(4_000);
  }
  expect((await service.stop()).code).toBe(0);
});

test('One address gets 1,000 connections, and others are served [E8]', async () => {
  await start(false);
  const before = descriptors();
  const attack = startAttack('tcp', 1, { silent: 1_500 });
  await eventually('more were dialled than the address may have', () => attack.dialled() > 4_000, 30_000);
  expect(await serves()).toBe(true);
  expect(await metric('postern_connections_refused_total', 'source_cap')).toBeGreaterThan(500);
  expect(descriptors() - before).toBeGreaterThan(900);
  expect(descriptors() - before).toBeLessThan(1_100);
});

/** Open files of the service, connections among them. */
function descriptors(): number {
  return readdirSync(`/proc/${service.child.pid}/fd`).length;
}
