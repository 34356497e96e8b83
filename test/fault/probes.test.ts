import { send } from '../http/http-client';
import { healthAt } from '../support/clients/health-at';
import { eventually } from '../support/domain/eventually';
import { openWire, type Wire } from '../support/load/replicas-wire';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';
import { type StartedApp, startApp } from '../support/processes/start-app';

jest.setTimeout(60_000);

const [SERVING, NOT_SERVING] = [1, 2];

let cluster: MongoCluster;
let wire: Wire;
let started: StartedApp;
beforeAll(async () => {
  cluster = await startReplicaSet(1);
  wire = await openWire(cluster.members[0]?.port ?? 0);
  started = await startApp({
    DATABASE_URL: `mongodb://127.0.0.1:${wire.port}/${freshDatabase()}?directConnection=true`,
    HTTP_ADDRESS: '127.0.0.1:0',
    HEALTH_ADDRESS: '127.0.0.1:0',
  });
});
afterAll(async () => {
  wire.mend();
  await started.stop();
  await wire.close();
  await cluster.stop();
});

test('Without its store a replica is alive and not ready, over HTTP and gRPC, and ready again with it [H5]', async () => {
  const { http, health } = started.lines().find(({ event }) => event === 'started') as Record<string, string>;
  const probes = async () => {
    const [alive, ready] = await Promise.all(
      ['/healthz', '/readyz'].map((path) => send(`http://${http}`, 'GET', path).then(({ status }) => status)),
    );
    const [liveness, readiness] = await Promise.all(
      ['liveness', 'readiness'].map((service) => healthAt(health ?? '', service)),
    );
    return { alive, liveness, ready, readiness };
  };
  const say = (expected: Awaited<ReturnType<typeof probes>>) =>
    eventually('the probes say so', async () => JSON.stringify(await probes()) === JSON.stringify(expected), 15_000);

  await say({ alive: 200, liveness: SERVING, ready: 200, readiness: SERVING });
  wire.hold();
  await say({ alive: 200, liveness: SERVING, ready: 503, readiness: NOT_SERVING });
  wire.mend();
  await say({ alive: 200, liveness: SERVING, ready: 200, readiness: SERVING });
});
