import { inspectMongoStore } from '../../src/store/mongo/inspect-mongo-store';
import { send } from '../http/http-client';
import { eventually } from '../support/domain/eventually';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startSetWithArbiter } from '../support/mongo/mongo-cluster';
import { type StartedApp, startApp } from '../support/processes/start-app';

jest.setTimeout(150_000);

let cluster: MongoCluster;
let started: StartedApp;
let databaseUrl: string;
beforeAll(async () => {
  cluster = await startSetWithArbiter();
  databaseUrl = cluster.url(freshDatabase());
  started = await startApp({ DATABASE_URL: databaseUrl, HTTP_ADDRESS: '127.0.0.1:0' });
});
afterAll(async () => {
  await started.stop();
  await cluster.stop();
});

test('A set that has a primary and acknowledges no write makes a replica not ready, and doctor says so [H5]', async () => {
  const { http } = started.lines().find(({ event }) => event === 'started') as Record<string, string>;
  const ready = (status: number) =>
    eventually(
      `/readyz says ${status}`,
      async () => (await send(`http://${http}`, 'GET', '/readyz')).status === status,
      12_000,
    );
  await ready(200);
  expect((await inspectMongoStore(databaseUrl)).writeFault).toBeUndefined();

  await cluster.kill(1, 'SIGKILL');
  // A write every three seconds finds it out; what MongoDB itself writes now and then would take up to 20 s.
  await ready(503);
  expect((await inspectMongoStore(databaseUrl)).writeFault).toMatch(/waiting for replication timed out/);

  await cluster.restart(1);
  await ready(200);
});
