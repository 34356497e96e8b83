import { once } from 'node:events';
import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { ImportStatus, ImportUsersRequest, ImportUsersResponse } from '../../src/gen/postern/auth/v1/admin_service';
import { eventually } from '../support/domain/eventually';
import { onEachStore } from '../support/processes/on-each-store';
import { type PosternAndCommand, startPosternAndCommand } from '../support/processes/postern-and-command';
import { run } from '../support/processes/service-process';

const PASSWORD = 'an unusually long sentence';
const ROWS = 1_000;
const BIN = require.resolve('../../bin/postern.js');
const STORES = onEachStore({ REQUEST_TIMEOUT_SECONDS: '20' });

type Stream = ClientDuplexStream<ImportUsersRequest, ImportUsersResponse>;

function aRow(n: number): ImportUsersRequest {
  const names = { externalId: `old-${n}`, email: `old-${n}@example.com`, username: `old-${n}` };
  return {
    ...names,
    emailVerified: n % 2 === 0,
    active: undefined,
    roles: [],
    createdAt: undefined,
    // No password of it is known; nothing computes it.
    passwordHash: `$argon2id$v=19$m=8192,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$${String(n).padStart(43, 'A')}`,
  };
}

async function openStream({ login, service }: PosternAndCommand): Promise<{ stream: Stream; close(): void }> {
  const { tokens } = (await login('root', PASSWORD)) as { tokens: { accessToken: string } };
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${tokens.accessToken}`);
  const client = new Client(service.grpcAddress, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    '/postern.auth.v1.AdminService/ImportUsers',
    (row: ImportUsersRequest) => Buffer.from(ImportUsersRequest.encode(row).finish()),
    ImportUsersResponse.decode,
    metadata,
  );
  return { stream, close: () => client.close() };
}

test.each(STORES)(
  'On %s an import whose service is killed has kept all that was answered, and goes on when it is run again',
  async (_, env) => {
    const postern = await startPosternAndCommand(env());
    try {
      const admin = ['create-admin', '--email', 'root@example.com', '--username', 'root', '--password-stdin'];
      expect((await postern.runWithInput(`${PASSWORD}\n`, ...admin)).code).toBe(0);
      const broken = await openStream(postern);
      const answered = new Map<string, string>();
      const failed = once(broken.stream, 'error');
      broken.stream.on('data', ({ externalId, userId }: ImportUsersResponse) => answered.set(externalId, userId));
      for (let n = 0; n < ROWS; n += 1) broken.stream.write(aRow(n));
      await eventually('some rows are answered', () => answered.size >= 150);
      await postern.restart();
      await failed;
      broken.close();

      const again = await openStream(postern);
      const answers: ImportUsersResponse[] = [];
      again.stream.on('data', (answer: ImportUsersResponse) => answers.push(answer));
      const ended = once(again.stream, 'end');
      for (let n = 0; n < ROWS; n += 1) again.stream.write(aRow(n));
      again.stream.end();
      await ended;
      again.close();
      const statuses = new Set(answers.map(({ status }) => status));
      expect(answers.map(({ externalId }) => externalId)).toEqual(Array.from({ length: ROWS }, (_, n) => `old-${n}`));
      expect(statuses.has(ImportStatus.IMPORT_STATUS_REFUSED)).toBe(false);
      const kept = answers.filter(({ externalId }) => answered.has(externalId));
      expect(kept.map(({ externalId, status, userId }) => [externalId, status, userId])).toEqual(
        [...answered].map(([externalId, userId]) => [externalId, ImportStatus.IMPORT_STATUS_UNCHANGED, userId]),
      );
    } finally {
      await postern.close();
    }
  },
  300_000,
);

test.each(STORES)(
  'On %s a command that was killed in the middle of a file takes in the rest when it is run again',
  async (_, env) => {
    const settings = env();
    const postern = await startPosternAndCommand(settings);
    try {
      const lines = Array.from({ length: ROWS }, (_, n) => {
        const { externalId, email, username, emailVerified, passwordHash } = aRow(n);
        const row = { external_id: externalId, email, username, email_verified: emailVerified };
        return `${JSON.stringify({ ...row, password_hash: passwordHash })}\n`;
      });
      await postern.write('users.ndjson', lines.join(''));
      const args = [BIN, 'users', 'import', '-', '--from', 'ndjson'];
      // Standard input stays open, so the command is in the middle of it for as long as it lives.
      const child = run(process.execPath, args, postern.directory, settings, lines.slice(0, 600).join(''), true);
      const isThere = (n: number) => postern.run('users', 'show', `old-${n}`).then(({ code }) => code === 0);
      await eventually('rows of the first part are in the store', () => isThere(100), 120_000);
      child.child.kill('SIGKILL');
      await child.ended;
      const { stdout, code } = await postern.run('users', 'import', 'users.ndjson', '--from', 'ndjson', '--json');
      const counts = JSON.parse(stdout) as { imported: number; unchanged: number; refused: number };
      expect([code, counts.refused, counts.imported + counts.unchanged]).toEqual([0, 0, ROWS]);
      expect(counts.unchanged).toBeGreaterThanOrEqual(101);
      expect(counts.imported).toBeGreaterThanOrEqual(400);
      const again = await postern.run('users', 'import', 'users.ndjson', '--from', 'ndjson');
      expect(again.stdout).toBe(`Imported 0, unchanged ${ROWS}, refused 0\n`);
    } finally {
      await postern.close();
    }
  },
  300_000,
);
