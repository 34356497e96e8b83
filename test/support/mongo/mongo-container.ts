import { request } from 'node:http';
import type { StartedTestContainer } from 'testcontainers';
import { eventually } from '../domain/eventually';
import { mongoClient } from './mongo-client';

const IMAGE = 'mongo:8';
const PORT = 27017;

/** Whether a Docker engine answers within two seconds. */
export function dockerAnswers(): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
  const target = host.startsWith('unix://')
    ? { socketPath: host.slice('unix://'.length) }
    : { host: new URL(host).hostname, port: new URL(host).port || 2375 };
  return new Promise((resolve) => {
    const ping = request({ ...target, path: '/_ping', timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

/** A replica set of one in a container. */
export async function startContainer(): Promise<{ url: string; container: StartedTestContainer }> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(process.env.MONGODB_IMAGE ?? IMAGE)
    .withCommand(['mongod', '--replSet', 'rs0', '--bind_ip_all', '--setParameter', 'ttlMonitorSleepSecs=1'])
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
  const url = `mongodb://${container.getHost()}:${container.getMappedPort(PORT)}/?directConnection=true`;
  const client = mongoClient(url);
  try {
    const members = [{ _id: 0, host: `127.0.0.1:${PORT}` }];
    await client.db('admin').command({ replSetInitiate: { _id: 'rs0', members } });
    await eventually(
      'the container is primary',
      async () => (await client.db('admin').command({ hello: 1 })).isWritablePrimary === true,
      30_000,
    );
  } finally {
    await client.close();
  }
  return { url, container };
}
