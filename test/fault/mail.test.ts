import { join } from 'node:path';
import { systemClock } from '../../src/auth/clock';
import { type Database, openStore } from '../../src/store/open-store';
import { aMail, aUser } from '../support/domain/builders';
import { testCall } from '../support/domain/call';
import { eventually } from '../support/domain/eventually';
import { storeOptions } from '../support/embedded/embedded';
import { receiveSmtp, type SmtpReceiver } from '../support/mail/smtp-receiver';
import { freshDatabase } from '../support/mongo/mongo';
import { type MongoCluster, startReplicaSet } from '../support/mongo/mongo-cluster';
import { type Env, type Service, startService, workingDirectory } from '../support/processes/service-process';

jest.setTimeout(400_000);

const MAILS = 1_000;
/** What a killed process held is due again when its lease has lapsed. */
const LEASE_AND_MORE_MS = 180_000;

let receiver: SmtpReceiver;
let directory: Awaited<ReturnType<typeof workingDirectory>>;
const services: Service[] = [];
beforeEach(async () => {
  receiver = await receiveSmtp({ delayMs: 3 });
  directory = await workingDirectory();
});
afterEach(async () => {
  for (const { child, ended } of services.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await receiver.close();
  await directory.remove();
});

function mailTo({ port }: SmtpReceiver, DATABASE_URL: string): Env {
  return {
    SECRET_KEY: 'kR7vQ2mZ9tXw4bNc8sLf1hJd6gYp3aUe',
    DATABASE_URL,
    MAIL: 'smtp',
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'no-reply@example.com',
    RESET_URL: 'https://app.example.com/#{token}',
    VERIFY_URL: 'https://app.example.com/#{token}',
  };
}

async function start(env: Env): Promise<Service> {
  const service = await startService(directory.path, env);
  services.push(service);
  return service;
}

/** Notices to as many addresses, all of one account: what waits in a store that one busy user has filled. */
async function addMails(database: Database): Promise<Set<string>> {
  const store = await openStore(database, storeOptions({ openedBy: 'tool', clock: systemClock }));
  const user = aUser();
  await store.users.insert(user, testCall());
  const kind = 'password-changed-notice' as const;
  const mails = Array.from({ length: MAILS }, (_, i) => aMail({ kind, userId: user.id, address: `u${i}@example.com` }));
  await store.mailOutbox.add(mails, testCall({ deadline: systemClock.monotonic() + 30_000 }));
  await store.close();
  return new Set(mails.map(({ id }) => `<${id}@example.com>`));
}

const arrived = () => new Set(receiver.mails.map(({ messageId }) => messageId));

/** Resolves when everything has arrived; returns how many mails came more than once. */
async function countRepeated(expected: ReadonlySet<string>): Promise<number> {
  await eventually('every mail has arrived', () => arrived().size === MAILS, LEASE_AND_MORE_MS);
  expect([...arrived()].filter((id) => !expected.has(id))).toEqual([]);
  const repeated = receiver.mails.length - MAILS;
  process.stdout.write(`${MAILS} mails, ${repeated} of them twice\n`);
  return repeated;
}

describe('A service that is killed in the middle of 1000 mails', () => {
  test('loses none and repeats at most one for each kill, over three kills of the embedded store', async () => {
    const path = join(directory.path, 'data');
    const env = mailTo(receiver, `file:${path}`);
    let service = await start(env);
    const expected = await addMails({ kind: 'embedded', directory: path });
    for (const sent of [150, 400, 650]) {
      await eventually('some are sent', () => receiver.mails.length >= sent, 60_000);
      await service.stop('SIGKILL');
      service = await start(env);
    }
    expect(await countRepeated(expected)).toBeLessThanOrEqual(3);
  });
});

describe('Two replicas on a replica set, in the middle of 1000 mails,', () => {
  const database = freshDatabase();
  let cluster: MongoCluster;
  beforeAll(async () => {
    cluster = await startReplicaSet(3, 3_000);
  });
  afterAll(() => cluster.stop());

  test('lose none and repeat at most one when one of them is killed, and none when the primary is', async () => {
    const url = cluster.url(database);
    const [first] = [await start(mailTo(receiver, url)), await start(mailTo(receiver, url))];
    const expected = await addMails({ kind: 'mongodb', url });
    await eventually('some are sent', () => receiver.mails.length >= 200, 60_000);
    await first.stop('SIGKILL');
    await start(mailTo(receiver, url));
    await eventually('more are sent', () => receiver.mails.length >= 400, 60_000);
    const struck = await cluster.primaryOfAll();
    await cluster.kill(struck, 'SIGKILL');
    await cluster.primary(struck);
    await cluster.restart(struck);
    expect(await countRepeated(expected)).toBeLessThanOrEqual(1);
  });
});
