import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LoginRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { callHeaders, frame, PREFACE } from '../../support/clients/http2-frames';
import { eventually } from '../../support/domain/eventually';
import { appCalls } from '../../support/grpc/app-calls';
import { ADMIN, type StartedApp, startApp } from '../../support/processes/start-app';

const CALLS = 500;
const RUNNING = 1;
const QUEUED = 40;
const CANCEL = Buffer.from([0, 0, 0, 8]);

let app: StartedApp;
let socket: Socket;
let http: string;
beforeAll(async () => {
  app = await startApp({
    HASH_CONCURRENCY: String(RUNNING),
    HASH_QUEUE: String(QUEUED),
    HTTP_ADDRESS: '127.0.0.1:0',
    LOGIN_MAX_FAILURES: '100',
  });
  const start = app.lines().find((line) => typeof line.http === 'string');
  http = `http://${start?.http}`;
  const [host = '', port = ''] = app.grpcAddress.split(':');
  socket = connect(Number(port), host);
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  socket.write(PREFACE);
});
afterAll(async () => {
  socket.destroy();
  await app.stop();
});

/** A whole login of a name of its own, so that no limit of an account stands before the hash. */
function login(i: number): Buffer {
  const request = { username: `nobody-${i}`, password: 'plum-cabinet-orbit-92', deviceName: '' };
  const message = LoginRequest.encode(request).finish();
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  const stream = 2 * i + 1;
  return Buffer.concat([
    frame(1, 4, stream, callHeaders('/postern.auth.v1.AuthService/Login')),
    frame(0, 1, stream, framed),
  ]);
}

async function readings(): Promise<{ running: number; queued: number; hashed: number }> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  const failed = Number(/^postern_events_total\{type="login.failed"\} (\S+)$/m.exec(text)?.[1] ?? 0);
  return { running: value('postern_hashes_running'), queued: value('postern_hashes_queued'), hashed: failed };
}

test('Logins that are begun and reset by the hundreds never run more hashes than the queue allows, and leave none behind [E4]', async () => {
  const calls = appCalls(app);
  const most = { running: 0, queued: 0 };
  for (let i = 0; i < CALLS && !socket.closed; i += 50) {
    const some = Array.from({ length: 50 }, (_, k) => login(i + k));
    socket.write(Buffer.concat(some));
    // So that they are in the hands of handlers when they are reset.
    await eventually('logins wait for their hash', async () => {
      const { running, queued } = await readings();
      most.running = Math.max(most.running, running);
      most.queued = Math.max(most.queued, queued);
      return queued > 0;
    });
    socket.write(Buffer.concat(some.map((_, k) => frame(3, 0, 2 * (i + k) + 1, CANCEL))));
    await calls.auth('validate', { accessToken: '', allowAnonymous: true, fresh: false });
  }
  expect(most.running).toBeLessThanOrEqual(RUNNING);
  expect(most.queued).toBeLessThanOrEqual(QUEUED);
  // One more has a place: nothing that was reset holds one.
  await calls.auth('login', { username: ADMIN.username, password: ADMIN.password, deviceName: '' });
  const after = await readings();
  expect(after).toMatchObject({ running: 0, queued: 0 });
  expect(after.hashed).toBeLessThan(CALLS / 4);
});
