import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../../src/auth/clock';
import { startFailureCode, startFailureText } from '../../src/composition/start-failure';
import { openMongoStore } from '../../src/store/mongo/open-mongo-store';
import { anAuthority } from '../support/clients/certificates';
import { temporaryDirectory } from '../support/embedded/embedded';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startReplicaSet, startStandalone } from '../support/mongo/mongo-cluster';
import { mongoOptions } from '../support/mongo/mongo-opened-store';
import { mongodBinary } from '../support/mongo/mongod-binary';
import { MongodProcess } from '../support/mongo/mongod-process';

const QUICK = 'serverSelectionTimeoutMS=700';

/** The exit code and the text of a start on a URL. */
async function failure(url: string): Promise<[number, string]> {
  const error: unknown = await openMongoStore(url, mongoOptions(systemClock)).then(
    (store) => store.close(),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(Error);
  const text = startFailureText(error);
  expect(text).not.toContain('canary');
  return [startFailureCode(error), text];
}

describe('A MongoDB that is not reached', () => {
  let set: MongoCluster;
  let standalone: MongoCluster;
  let uninitiated: MongoCluster;
  beforeAll(async () => {
    [set, standalone, uninitiated] = await Promise.all([
      startReplicaSet(1),
      startStandalone(),
      startStandalone(['--replSet', 'rs9']),
    ]);
  }, 60_000);
  afterAll(() => Promise.all([set.stop(), standalone.stop(), uninitiated.stop()]));
  const at = (cluster: MongoCluster, query: string) =>
    `mongodb://${cluster.members[0]?.address}/${freshDatabase()}?${QUICK}&${query}`;

  test('because its set has another name: 78, and both names', async () => {
    expect(await failure(at(set, 'replicaSet=prod'))).toEqual([
      78,
      `DATABASE_URL: ${set.members[0]?.address} belongs to the replica set rs0, not prod: correct replicaSet`,
    ]);
  });

  test('because it is no member of a set: 78', async () => {
    const [code, text] = await failure(at(standalone, 'replicaSet=rs0'));
    expect([code, text]).toEqual([78, expect.stringMatching(/is a standalone server, .*: remove replicaSet/)]);
  });

  test.each([
    'replicaSet=rs9',
    'retryReads=true',
  ])('because its set was never initiated (%s): 1, and how to', async (query) => {
    const [code, text] = await failure(at(uninitiated, query));
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/waits for its replica set to be initiated: run rs\.initiate\(\)/),
    ]);
  });

  test('because the file of a certificate authority is missing, or holds none: 78, and its path', async () => {
    const directory = await temporaryDirectory();
    const [code, text] = await failure(at(set, `tls=true&tlsCAFile=${directory}/missing.pem`));
    expect([code, text]).toEqual([
      78,
      expect.stringMatching(/^DATABASE_URL: the file .*\/missing\.pem of a tls option cannot be read \(ENOENT\)/),
    ]);
    await writeFile(join(directory, 'empty.pem'), 'no certificate');
    const [, other] = await failure(at(set, `tls=true&tlsCertificateKeyFile=${directory}/empty.pem`));
    expect(other).toMatch(/^DATABASE_URL: a file of a tls option holds no usable certificate or key/);
  });

  test('because it does not speak TLS: 78, and which option to remove', async () => {
    expect(await failure(at(standalone, 'tls=true'))).toEqual([
      78,
      `DATABASE_URL: ${standalone.members[0]?.address} does not speak TLS: remove tls=true, or give mongod a certificate (net.tls.mode)`,
    ]);
  });

  test('because it wants TLS: 78, and which option to add', async () => {
    const directory = await temporaryDirectory();
    const authority = anAuthority();
    const { cert, key } = authority.issue('localhost');
    await writeFile(join(directory, 'server.pem'), cert + key);
    await writeFile(join(directory, 'ca.pem'), authority.cert);
    const files = ['--tlsCertificateKeyFile', join(directory, 'server.pem'), '--tlsCAFile', join(directory, 'ca.pem')];
    const { path } = await mongodBinary();
    const args = ['--tlsMode', 'requireTLS', '--tlsAllowConnectionsWithoutCertificates', ...files];
    const server = await MongodProcess.create(path, join(directory, 'data'), args, 'tls=true&tlsInsecure=true');
    await server.start();
    try {
      expect(await failure(`mongodb://${server.address}/x?${QUICK}`)).toEqual([
        78,
        expect.stringMatching(/^DATABASE_URL: .* wants TLS: add tls=true, and tlsCAFile when its certificate/),
      ]);
    } finally {
      await server.signal('SIGKILL');
    }
  });

  test('because its host has no address: 1, for names may begin to resolve, and the name', async () => {
    expect(await failure(`mongodb://ada:canary@no-such-host.invalid/x?${QUICK}`)).toEqual([
      1,
      expect.stringMatching(/The host no-such-host\.invalid cannot be found: check the name in DATABASE_URL/),
    ]);
    const [code, text] = await failure('mongodb+srv://ada:canary@no-such-host.invalid/x');
    expect([code, text]).toEqual([1, expect.stringMatching(/The host .*no-such-host\.invalid cannot be found/)]);
  });

  test('because nothing listens there, or something else: 1, and host and port', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    for (const host of ['127.0.0.1:1', `127.0.0.1:${port}`]) {
      const [code, text] = await failure(`mongodb://ada:canary@${host}/x?${QUICK}`);
      expect(code).toBe(1);
      expect(text).toContain(`${host} (`);
      expect(text).toMatch(/does not answer: check host and port in DATABASE_URL, and that the database runs/);
    }
    server.close();
  });

  test('because the value of an option does not fit: 78, and the option', async () => {
    expect(await failure(at(standalone, 'maxPoolSize=canary'))).toEqual([
      78,
      'DATABASE_URL: the value of maxpoolsize does not fit; see the MongoDB manual',
    ]);
  });

  test.each([
    'compressors=canary',
    'authMechanismProperties=canary',
    'minPoolSize=10&maxPoolSize=2',
  ])('because the driver refuses an option that it does not name (%s): 78, and the options that it may be', async (query) => {
    const names = query.replaceAll(/=\w+/g, '').replace('&', ', ').toLowerCase();
    expect(await failure(`mongodb://127.0.0.1:1/x?${query}`)).toEqual([
      78,
      `DATABASE_URL: the value of one of the options ${names} does not fit; see the MongoDB manual`,
    ]);
  });
});
