import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { ImportStatus, ImportUsersRequest, ImportUsersResponse } from '../../src/gen/postern/auth/v1/admin_service';
import { type Cut, startCuttingProxy } from '../support/processes/cutting-proxy';
import { onEachStore } from '../support/processes/on-each-store';
import { type PosternAndCommand, startPosternAndCommand } from '../support/processes/postern-and-command';

const PASSWORD = 'an unusually long sentence';
const ROWS = 400;
/** Rows that are sent and not answered; so the cut comes between answers. */
const MOST_UNANSWERED = 60;
const STORES = onEachStore({ REQUEST_TIMEOUT_SECONDS: '20' });
/** A row has some 150 bytes, an answer some 60: each cut meets the stream at another place, also within a batch. */
const CUTS: readonly Cut[] = [
  { direction: 'request', afterBytes: 1_300, holdMs: 0 },
  { direction: 'request', afterBytes: 20_011, holdMs: 0 },
  { direction: 'request', afterBytes: 33_333, holdMs: 3 },
  { direction: 'request', afterBytes: 47_002, holdMs: 30 },
  { direction: 'answer', afterBytes: 5_003, holdMs: 10 },
  { direction: 'answer', afterBytes: 12_345, holdMs: 60 },
];
const { IMPORT_STATUS_IMPORTED, IMPORT_STATUS_UNCHANGED } = ImportStatus;

function aRow(prefix: string, n: number): ImportUsersRequest {
  const name = `${prefix}-${n}`;
  return {
    externalId: name,
    email: `${name}@example.com`,
    username: name,
    emailVerified: n % 2 === 0,
    active: undefined,
    roles: n % 3 === 0 ? ['user', 'moderator'] : [],
    createdAt: undefined,
    // No password of it is known; nothing computes it.
    passwordHash: `$argon2id$v=19$m=8192,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$${String(n).padStart(43, 'A')}`,
  };
}

/** Sends the rows, of which few wait for their answers at any time, until the end or until the stream breaks. */
async function importRows(
  address: string,
  bearer: string,
  prefix: string,
): Promise<{ answers: ImportUsersResponse[]; isWhole: boolean }> {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${bearer}`);
  const client = new Client(address, credentials.createInsecure());
  const stream: ClientDuplexStream<ImportUsersRequest, ImportUsersResponse> = client.makeBidiStreamRequest(
    '/postern.auth.v1.AdminService/ImportUsers',
    (row: ImportUsersRequest) => Buffer.from(ImportUsersRequest.encode(row).finish()),
    ImportUsersResponse.decode,
    metadata,
  );
  const answers: ImportUsersResponse[] = [];
  let sent = 0;
  const send = (): void => {
    for (; sent < ROWS && sent - answers.length < MOST_UNANSWERED; sent += 1) stream.write(aRow(prefix, sent));
    if (answers.length === ROWS) stream.end();
  };
  const isWhole = await new Promise<boolean>((resolve) => {
    stream.on('data', (answer: ImportUsersResponse) => {
      answers.push(answer);
      send();
    });
    stream.once('error', () => resolve(false));
    stream.once('end', () => resolve(true));
    send();
  });
  client.close();
  return { answers, isWhole };
}

/** The external ids of the accounts that are there, with what an admin sees of them. */
async function listStored({ client }: PosternAndCommand, bearer: string, prefix: string) {
  const stored = new Map<string, Record<string, unknown>>();
  let pageToken = '';
  do {
    const query = { pageSize: 100, pageToken, query: `${prefix}-` };
    const page = await client.call('postern.auth.v1.AdminService/ListUsers', query, {
      authorization: `Bearer ${bearer}`,
    });
    for (const user of (page.users ?? []) as Record<string, unknown>[]) stored.set(String(user.externalId), user);
    pageToken = String(page.nextPageToken ?? '');
  } while (pageToken !== '');
  return stored;
}

test.each(STORES)(
  'On %s an import whose connection is cut at any byte has kept all that was answered and no half of an account, and ' +
    'goes on when it is run again',
  async (_, env) => {
    const postern = await startPosternAndCommand(env());
    try {
      const admin = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin'];
      expect((await postern.runWithInput(`${PASSWORD}\n`, ...admin)).code).toBe(0);
      const { tokens } = (await postern.login('root', PASSWORD)) as { tokens: { accessToken: string } };
      for (const [n, cut] of CUTS.entries()) {
        const prefix = `cut${n}`;
        const proxy = await startCuttingProxy(postern.service.grpcAddress, cut);
        const broken = await importRows(proxy.address, tokens.accessToken, prefix);
        await proxy.close();
        expect([cut, broken.isWhole]).toEqual([cut, false]);
        if (cut.afterBytes > 2_000) expect([cut, broken.answers.length > 20]).toEqual([cut, true]);
        for (const { status } of broken.answers) expect(status).toBe(IMPORT_STATUS_IMPORTED);

        const again = await importRows(postern.service.grpcAddress, tokens.accessToken, prefix);
        expect(again.answers.map(({ externalId }) => externalId)).toEqual(
          Array.from({ length: ROWS }, (_, row) => aRow(prefix, row).externalId),
        );
        const found = new Map(again.answers.map((answer) => [answer.externalId, answer]));
        // Answered, and so there as it was.
        for (const { externalId, userId } of broken.answers)
          expect(found.get(externalId)).toMatchObject({ status: IMPORT_STATUS_UNCHANGED, userId });
        // Half an account would be in the way of the whole one: its row would be refused.
        for (const { externalId, status } of again.answers)
          expect([externalId, [IMPORT_STATUS_IMPORTED, IMPORT_STATUS_UNCHANGED].includes(status)]).toEqual([
            externalId,
            true,
          ]);
        const stored = await listStored(postern, tokens.accessToken, prefix);
        expect(stored.size).toBe(ROWS);
        for (const { externalId, userId } of again.answers) {
          const names = { email: `${externalId}@example.com`, username: externalId };
          expect(stored.get(externalId)).toMatchObject({ id: userId, ...names });
        }
        const third = await importRows(postern.service.grpcAddress, tokens.accessToken, prefix);
        expect(new Set(third.answers.map(({ status }) => status))).toEqual(new Set([IMPORT_STATUS_UNCHANGED]));
      }
    } finally {
      await postern.close();
    }
  },
  300_000,
);
