import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { credentials, Metadata, type ServiceError, status as Status } from '@grpc/grpc-js';
import type { LoginResponse, RefreshResponse, TokenPair } from '../../src/gen/postern/auth/v1/auth_service';
import { PREFACE } from '../support/clients/http2-frames';
import { AuthServiceClient } from '../support/clients/service-clients';
import { eventually } from '../support/domain/eventually';
import { PASSWORD } from '../support/load/replica-client';
import { testDatabaseUrl } from '../support/mongo/mongo';
import { mongoClient } from '../support/mongo/mongo-client';
import { type RunningProcess, run, workingDirectory } from '../support/processes/service-process';

jest.setTimeout(120_000);

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const DRAIN_SECONDS = 3;
const RESTARTS = 10;
const CALLS_PER_SECOND = 300;
const TICK_MS = 20;

/** As docs/install.md has it under "Scale": the service config of docs/retries.md, over all replicas. */
const SERVICE_CONFIG = JSON.stringify({
  ...JSON.parse(readFileSync(join(__dirname, '../../interop/retries/service-config.json'), 'utf8')),
  loadBalancingConfig: [{ round_robin: {} }],
});

const url = testDatabaseUrl();
const mongo = mongoClient(url);
const stalled: Socket[] = [];
let directory: Awaited<ReturnType<typeof workingDirectory>>;
let ports: number[];
const replicas: RunningProcess[] = [];
let client: AuthServiceClient;

beforeAll(async () => {
  directory = await workingDirectory();
  ports = [await freePort(), await freePort()];
  await Promise.all([start(0), start(1)]);
  const addresses = ports.map((port) => `127.0.0.1:${port}`).join(',');
  client = new AuthServiceClient(`ipv4:${addresses}`, credentials.createInsecure(), {
    'grpc.service_config': SERVICE_CONFIG,
    'grpc.max_reconnect_backoff_ms': 500,
  });
});
afterAll(async () => {
  client.close();
  for (const socket of stalled) socket.destroy();
  for (const { child } of replicas) child.kill('SIGKILL');
  await Promise.all(replicas.map(({ ended }) => ended));
  await directory.remove();
  await mongo.db().dropDatabase();
  await mongo.close();
});

/** Starts the replica on the port that it always has, as behind a Service with fixed addresses. */
async function start(index: number): Promise<void> {
  const replica = run(process.execPath, [MAIN], directory.path, {
    SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe',
    DATABASE_URL: url,
    GRPC_ADDRESS: `127.0.0.1:${ports[index]}`,
    HTTP_ADDRESS: 'off',
    LOG_FORMAT: 'json',
    DRAIN_SECONDS: String(DRAIN_SECONDS),
    LOG_SUMMARY_SECONDS: '1',
  });
  replicas[index] = replica;
  const isReady = () => {
    if (replica.child.exitCode !== null) throw new Error(`The replica ended: ${replica.printed()}`);
    return replica.printed().includes('"event":"started"');
  };
  await eventually('the replica is ready', isReady, 60_000);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/**
 * A connection that never says anything, and one whose other end is gone but never said so: it reads and answers
 * nothing.
 */
async function stallOn(port: number): Promise<void> {
  for (const first of [undefined, PREFACE]) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.pause();
    if (first !== undefined) socket.write(first);
    stalled.push(socket);
  }
}

/** Sends a call with ten seconds to go; resolves with the answer, or with the error as text. */
function ask<R>(
  send: (options: { deadline: number }, done: (error: ServiceError | null, response: R) => void) => unknown,
): Promise<{ response?: R; text: string }> {
  return new Promise((resolve) => {
    send({ deadline: Date.now() + 10_000 }, (error, response) => {
      if (error === null) resolve({ response, text: 'OK' });
      else resolve({ text: `${Status[error.code]} ${error.details}` });
    });
  });
}

async function signedIn(): Promise<TokenPair> {
  const account = { email: 'caller@example.com', username: 'caller', password: PASSWORD };
  await ask((options, done) => client.register(account, new Metadata(), options, done));
  const login = { username: account.username, password: PASSWORD, deviceName: '' };
  const { response, text } = await ask<LoginResponse>((options, done) =>
    client.login(login, new Metadata(), options, done),
  );
  if (response?.tokens === undefined) throw new Error(`Login: ${text}`);
  return response.tokens;
}

/** Validates so many times a second, and refreshes all the while, until it is stopped. */
function traffic({ accessToken, refreshToken }: TokenPair) {
  const calls: Promise<{ text: string }>[] = [];
  let goesOn = true;
  const begun = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * CALLS_PER_SECOND;
    while (calls.length < due) {
      const request = { accessToken, allowAnonymous: false, fresh: false };
      calls.push(ask((options, done) => client.validate(request, new Metadata(), options, done)));
    }
  }, TICK_MS);
  const refreshes: string[] = [];
  const refreshing = (async () => {
    let token = refreshToken;
    while (goesOn) {
      const { response, text } = await ask<RefreshResponse>((options, done) =>
        client.refresh({ refreshToken: token }, new Metadata(), options, done),
      );
      refreshes.push(text);
      token = response?.tokens?.refreshToken ?? token;
      await pause(TICK_MS);
    }
  })();
  return async () => {
    clearInterval(timer);
    goesOn = false;
    await refreshing;
    const validations = (await Promise.all(calls)).map(({ text }) => text);
    return { validations, refreshes };
  };
}

test('ten rolling restarts under 300 calls a second, with stalled connections attached, fail no call', async () => {
  const stop = traffic(await signedIn());
  const drains: number[] = [];
  for (let i = 0; i < RESTARTS; i += 1) {
    const index = i % 2;
    await stallOn(ports[index] ?? 0);
    const begun = performance.now();
    replicas[index]?.child.kill('SIGTERM');
    const { code, signal, stderr } = (await replicas[index]?.ended) ?? {};
    drains.push(performance.now() - begun);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    await start(index);
    await eventually('the client has found the replica again', () => isCalled(index));
  }
  const { validations, refreshes } = await stop();
  const longest = (Math.max(...drains) / 1_000).toFixed(1);
  process.stdout.write(
    `${RESTARTS} restarts: ${validations.length} validations, ${refreshes.length} refreshes, the longest drain ${longest} s\n`,
  );
  expect([...validations, ...refreshes].filter((text) => text !== 'OK')).toEqual([]);
  expect(Math.max(...drains)).toBeLessThan(DRAIN_SECONDS * 1_000);
});

/** Whether a replica that was just started has been called. */
function isCalled(index: number): boolean {
  return replicas[index]?.printed().includes('"method":"/postern.auth.v1.AuthService/') === true;
}
