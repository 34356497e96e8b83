import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { status as Code } from '@grpc/grpc-js';
import { LoginRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { callRaw, SERVICE, startStub } from '../../support/grpc/stub-server';

const LOGIN = LoginRequest.encode({ username: 'ada', password: 'x', deviceName: '' }).finish();

function port(address: string): number {
  return Number(address.split(':').at(-1));
}

/** A login that reports when it has begun and waits to be let go. */
function gate() {
  let begin: () => void = () => {};
  let release: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const login = async () => {
    begin();
    await released;
    return { tokens: undefined, user: undefined };
  };
  return { login, begun, release };
}

test('a running call finishes, a new one is refused, and the stop does not wait longer', async () => {
  const { login, begun, release } = gate();
  const stub = await startStub({ auth: { login } });
  const running = callRaw(stub.client, `${SERVICE}/Login`, LOGIN);
  await begun;
  const stopped = stub.server.stop(20_000);
  const late = await callRaw(stub.client, `${SERVICE}/Login`, LOGIN, { timeoutMs: 500 });
  expect([Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED]).toContain(late.error?.code);
  release();
  expect((await running).error).toBeNull();
  stub.client.close();
  await stopped;
});

test('silent and half-open connections, and a call that hangs, are cut off when the time is up', async () => {
  const { login, begun, release } = gate();
  const stub = await startStub({ auth: { login } });
  const silent = connect(port(stub.address), '127.0.0.1');
  const speaking = connectHttp2(`http://${stub.address}`);
  for (const one of [silent, speaking]) one.on('error', () => {});
  await Promise.all([once(silent, 'connect'), once(speaking, 'remoteSettings')]);
  silent.resume();
  const closed = Promise.all([once(silent, 'close'), once(speaking, 'close')]);
  const hanging = callRaw(stub.client, `${SERVICE}/Login`, LOGIN);
  await begun;
  await stub.server.stop(200);
  await closed;
  expect((await hanging).error?.code).toBe(Code.UNAVAILABLE);
  release();
  stub.client.close();
});

test('a watcher of the health hears NOT_SERVING, then the end, and does not hold up the stop', async () => {
  const stub = await startStub();
  stub.server.setServing('', true);
  const watch = stub.client.makeServerStreamRequest(
    '/grpc.health.v1.Health/Watch',
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    Buffer.alloc(0),
  );
  const heard: Buffer[] = [];
  watch.on('data', (bytes: Buffer) => heard.push(bytes));
  await once(watch, 'data');
  const ended = once(watch, 'end');
  await stub.server.stop(20_000);
  await ended;
  expect(heard.map((bytes) => bytes.at(-1))).toEqual([1, 2]);
  stub.client.close();
});
