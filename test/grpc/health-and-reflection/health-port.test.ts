import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, status as Code, credentials } from '@grpc/grpc-js';
import { createHealthPort } from '../../../src/grpc/health-port';
import { createLogger } from '../../../src/observability/logger';
import { send } from '../../http/http-client';
import { anAuthority } from '../../support/clients/certificates';
import { healthAt } from '../../support/clients/health-at';
import { frame, PREFACE } from '../../support/clients/http2-frames';
import { eventually } from '../../support/domain/eventually';
import { callRaw } from '../../support/grpc/stub-server';
import { type StartedApp, startApp } from '../../support/processes/start-app';

const [SERVING, NOT_SERVING] = [1, 2];
const services = ['liveness', 'readiness', ''];

const allAt = (address: string) => Promise.all(services.map((service) => healthAt(address, service)));

describe('the health port beside mutual TLS', () => {
  let directory: string;
  let started: StartedApp;
  let addresses: { grpc: string; http: string; health: string };
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'postern-health-'));
    const authority = anAuthority();
    const { cert, key } = authority.issue('postern');
    const files = { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: authority.cert };
    const env: NodeJS.ProcessEnv = { HEALTH_ADDRESS: '127.0.0.1:0', HTTP_ADDRESS: '127.0.0.1:0', DRAIN_SECONDS: '2' };
    for (const [name, content] of Object.entries(files)) {
      env[name] = join(directory, name);
      writeFileSync(join(directory, name), content);
    }
    started = await startApp(env);
    addresses = started.lines().find(({ event }) => event === 'started') as unknown as typeof addresses;
  });
  afterAll(async () => {
    await started.stop();
    rmSync(directory, { recursive: true });
  });

  test('answers probes in plaintext, without a certificate [H5]', async () => {
    expect(await allAt(addresses.health)).toEqual([SERVING, SERVING, SERVING]);
    expect(await healthAt(addresses.grpc, '')).toBe(-Code.UNAVAILABLE);
  });

  test('serves nothing but health [E1]', async () => {
    const client = new Client(addresses.health, credentials.createInsecure());
    for (const method of [
      'postern.auth.v1.AuthService/Login',
      'postern.auth.v1.AuthService/Validate',
      'postern.auth.v1.AdminService/ListUsers',
    ]) {
      expect((await callRaw(client, `/${method}`, Buffer.alloc(0))).error?.code).toBe(Code.UNIMPLEMENTED);
    }
    client.close();
    expect(await healthAt(addresses.health, 'postern.auth.v1.AuthService')).toBe(-Code.NOT_FOUND);
  });

  test('is alive and not ready while the service drains, as /readyz and the landing page say too', async () => {
    const [host, port] = addresses.grpc.split(':');
    const silent = connect(Number(port), host);
    await once(silent, 'connect');
    const stopped = started.app.stop();
    await eventually(
      'readiness goes',
      async () => (await healthAt(addresses.health, 'readiness')) === NOT_SERVING,
      1_500,
    );
    expect(await healthAt(addresses.health, 'liveness')).toBe(SERVING);
    const { status, body } = await send(`http://${addresses.http}`, 'GET', '/readyz');
    expect([status, body]).toEqual([503, 'not ready: new calls, it stops\n']);
    const landing = await send(`http://${addresses.http}`, 'GET', '/', { accept: 'application/json' });
    expect(JSON.parse(landing.body)).toMatchObject({ ready: false, missing: ['new calls, it stops'] });
    silent.destroy();
    await stopped;
    expect(await healthAt(addresses.health, 'liveness')).toBe(-Code.UNAVAILABLE);
  });
});

test('Liveness does not depend on what readiness does [H5]', async () => {
  const port = createHealthPort('127.0.0.1:0', createLogger({ level: 'info', format: 'json' }));
  const address = await port.listen();
  try {
    expect(await allAt(address)).toEqual([SERVING, NOT_SERVING, NOT_SERVING]);
    port.setReady(true);
    expect(await allAt(address)).toEqual([SERVING, SERVING, SERVING]);
    port.setReady(false);
    expect(await allAt(address)).toEqual([SERVING, NOT_SERVING, NOT_SERVING]);
  } finally {
    await port.stop();
  }
});

test('One source cannot hold every connection of the health port [E8]', async () => {
  const port = createHealthPort('127.0.0.1:0', createLogger({ level: 'info', format: 'json' }));
  const address = await port.listen();
  const [host, number] = address.split(':');
  const sockets = Array.from({ length: 110 }, () => connect(Number(number), host).on('error', () => {}));
  try {
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const closed = () => sockets.filter(({ closed }) => closed).length;
    await eventually('ten are closed', async () => closed() >= 10, 5_000);
    expect(closed()).toBe(10);
  } finally {
    for (const socket of sockets) socket.destroy();
    await port.stop();
  }
});

test('A connection to the health port that goes on sending PING frames is closed [E8]', async () => {
  const port = createHealthPort('127.0.0.1:0', createLogger({ level: 'info', format: 'json' }));
  const [host, number] = (await port.listen()).split(':');
  const socket = connect(Number(number), host).on('error', () => {});
  let received = 0;
  socket.on('data', ({ length }) => {
    received += length;
  });
  try {
    socket.write(PREFACE);
    const pings = Buffer.concat(Array(50).fill(frame(6, 0, 0, Buffer.alloc(8))));
    for (let i = 0; i < 24 && !socket.closed; i += 1) {
      const before = received;
      socket.write(pings);
      await eventually('they are answered', () => received >= before + pings.length || socket.closed);
    }
    await eventually('the connection is closed', () => socket.closed, 1_000);
  } finally {
    socket.destroy();
    await port.stop();
  }
});
