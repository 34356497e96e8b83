import { createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { measureOnce, PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, PASSWORD, removeMails, seed, seedMails, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

const MANY = 100_000;
const MAILS_WAIT = `${MANY.toLocaleString('en')} mails wait`;
const WRITE_BACK_MS = 5_000;
const VALIDATES = { concurrency: 64, calls: 50_000 };
const LOGINS = { concurrency: 16, calls: 300 };
const RESETS = { concurrency: 16, calls: 800 };
const RESETS_PER_SECOND = 200;

/** What mail that waits costs the calls that have nothing to do with it, and those that ask for it. */
export async function mail({ rounds, scale }: BenchOptions): Promise<Section> {
  const [validates, logins] = [new Rounds(), new Rounds()];
  const scaled = <T extends { calls: number }>(shape: T) => ({ ...shape, calls: Math.round(shape.calls * scale) });
  // First: each is a write to the disk, which is busy for a while with what fills the outbox.
  const { resets, wrong } = await measureResets(scaled);
  for (let n = 0; n < PROCESSES; n += 1) {
    await measureBeside(scaled, Math.ceil(rounds / PROCESSES), validates, logins);
  }
  const rows = [
    ...rowsAgainstFirst(validates.measured(), VALIDATES.concurrency),
    ...rowsAgainstFirst(logins.measured(), LOGINS.concurrency),
  ];
  // Against the mean of the two rows of the same thing.
  const ratio = (name: string) => {
    const [, waiting = Number.NaN, again = Number.NaN] = rows
      .filter((row) => row.name.startsWith(name))
      .map(({ cpuRatio }) => cpuRatio);
    return waiting / ((1 + again) / 2);
  };
  const target = { atMost: 1.05 } as const;
  const than = 'x that with none';
  return {
    id: 'mail',
    title: 'Mail that waits for a server that is down, and asking for mail while it hangs',
    rows,
    facts: [
      {
        name: `CPU per Validate, ${MANY} mails wait`,
        value: ratio('Validate'),
        unit: than,
        target,
      },
      { name: `CPU per Login, ${MANY} mails wait`, value: ratio('Login'), unit: than, target },
      { name: 'RequestPasswordReset, p99', value: median(resets) / 1000, unit: 'ms', target: { atMost: 50 } },
      { name: 'wrong answers to RequestPasswordReset', value: wrong, unit: '', target: { atMost: 0 } },
    ],
  };
}

type Scaled = <T extends { calls: number }>(shape: T) => T;

/**
 * In one process, whose outbox is filled and emptied by another: of equal processes one can be dearer than the other
 * for as long as it lives.
 */
async function measureBeside(scaled: Scaled, rounds: number, validates: Rounds, logins: Rounds): Promise<void> {
  const { database, users, tokens, url, remove } = await prepare();
  // No server listens on the discard port: every attempt fails at once, the worst that a mail server can do.
  const server = await startPostern({ DATABASE_URL: url, ...mailTo(9) });
  const validate = requests.buildLoad(
    'Validate',
    tokens.map(requests.validateRequest),
    requests.validateReplyBytes('user-100'),
    scaled(VALIDATES),
  );
  const bodies = Array.from({ length: 200 }, (_, i) => requests.loginRequest(`user-${i + 100}`, PASSWORD));
  const login = requests.buildLoad('Login', bodies, -1, scaled(LOGINS));
  await new Rounds().add([{ name: 'warming', server, load: validate }], 1);
  for (let round = 0; round < rounds; round += 1) {
    // None twice: how far two rows of one thing are apart in this run.
    for (const state of ['no mail waits', MAILS_WAIT, 'no mail waits, again']) {
      if (state === MAILS_WAIT) await seedMails(database, users, MANY);
      // What was written goes to the disk meanwhile, and is no part of what is measured.
      await after(WRITE_BACK_MS);
      await validates.addOne({ name: `Validate, ${state}`, server, load: validate });
      await logins.addOne({ name: `Login, ${state}`, server, load: login });
      if (state === MAILS_WAIT) removeMails(database);
    }
  }
  await server.stop();
  remove();
}

/** Asked for at a steady rate, while the mail server takes connections and says nothing. */
async function measureResets(scaled: Scaled): Promise<{ readonly resets: number[]; readonly wrong: number }> {
  const silent = await startSilentServer();
  const { url, remove } = await prepare();
  const addresses = Array.from({ length: 500 }, (_, i) => requests.resetRequest(`user-${i + 100}@example.com`));
  const load = {
    ...requests.buildLoad('RequestPasswordReset', addresses, 0, scaled(RESETS)),
    perSecond: RESETS_PER_SECOND,
  };
  const resets: number[] = [];
  let wrong = 0;
  for (let n = 0; n < PROCESSES; n += 1) {
    const server = await startPostern({ DATABASE_URL: url, ...mailTo(silent.port) });
    const asked = await measureOnce({ name: 'reset', server, load });
    resets.push(asked.p99);
    wrong += asked.wrong;
    await server.stop();
  }
  silent.close();
  remove();
  return { resets, wrong };
}

function mailTo(port: number): NodeJS.ProcessEnv {
  return {
    MAIL: 'smtp',
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'no-reply@example.com',
    RESET_URL: 'https://app.example.com/#{token}',
    VERIFY_URL: 'https://app.example.com/#{token}',
  };
}

async function prepare() {
  const { database, url, remove } = temporaryDatabase();
  // Names of one length, so that all answers have one.
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const tokens = await mint(database, users, 100, 'HS256');
  return { database, users, url, remove, tokens };
}

/** Takes connections and says nothing. */
async function startSilentServer(): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => socket.on('error', () => undefined)).unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close: () => server.close() };
}
