import { createServer } from 'node:net';
import { measureOnce, PROCESSES, Rounds } from '../measure';
import * as requests from '../requests';
import { type BenchOptions, rowsAgainstFirst, type Section } from '../section';
import { mint, PASSWORD, seed, seedMails, temporaryDatabase } from '../seed';
import { startPostern } from '../servers/servers';
import { median } from '../statistics';

const MANY = 100_000;
const VALIDATES = { concurrency: 64, calls: 25_000 };
const LOGINS = { concurrency: 16, calls: 300 };
const RESETS = { concurrency: 16, calls: 800 };
const RESETS_PER_SECOND = 200;

/** What mail that waits costs the calls that have nothing to do with it, and those that ask for it. */
export async function mail({ rounds, scale }: BenchOptions): Promise<Section> {
  const silent = await startSilentServer();
  const [none, many] = [await prepare(0), await prepare(MANY)];
  const [validates, logins] = [new Rounds(), new Rounds()];
  const resets: number[] = [];
  let wrong = 0;
  for (let n = 0; n < PROCESSES; n += 1) {
    // Nobody listens on the discard port: every attempt fails at once, the worst that a mail server can do.
    const down = mailTo(9);
    const calm = await startPostern({ DATABASE_URL: none.url, ...down });
    const busy = await startPostern({ DATABASE_URL: many.url, ...down });
    const each = Math.ceil(rounds / PROCESSES);
    const sides = (name: string, load: (from: typeof none) => Parameters<typeof measureOnce>[0]['load']) => [
      { name: `${name}, no mail waits`, server: calm, load: load(none) },
      { name: `${name}, ${MANY.toLocaleString('en')} mails wait`, server: busy, load: load(many) },
      // The same again: how far two rows of one thing are apart in this run.
      { name: `${name}, no mail waits, again`, server: calm, load: load(none) },
    ];
    const scaled = <T extends { calls: number }>(shape: T) => ({ ...shape, calls: Math.round(shape.calls * scale) });
    const replyBytes = requests.validateReplyBytes('user-100');
    const validateLoad = ({ tokens }: typeof none) =>
      requests.loadOf('Validate', tokens.map(requests.validateRequest), replyBytes, scaled(VALIDATES));
    const bodies = Array.from({ length: 200 }, (_, i) => requests.loginRequest(`user-${i + 100}`, PASSWORD));
    await validates.add(sides('Validate', validateLoad), each);
    await logins.add(
      sides('Login', () => requests.loadOf('Login', bodies, -1, scaled(LOGINS))),
      each,
    );
    await Promise.all([calm.stop(), busy.stop()]);

    const hanging = await startPostern({ DATABASE_URL: none.url, ...mailTo(silent.port) });
    const addresses = Array.from({ length: 500 }, (_, i) => requests.resetRequest(`user-${i + 100}@example.com`));
    const load = requests.loadOf('RequestPasswordReset', addresses, 0, scaled(RESETS));
    const server = hanging;
    const asked = await measureOnce({ name: 'reset', server, load: { ...load, perSecond: RESETS_PER_SECOND } });
    resets.push(asked.p99);
    wrong += asked.wrong;
    await hanging.stop();
  }
  silent.close();
  for (const { remove } of [none, many]) remove();
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

function mailTo(port: number): NodeJS.ProcessEnv {
  return {
    MAIL: 'smtp',
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'no-reply@example.com',
    RESET_URL: 'https://app.example.com/#{token}',
    VERIFY_URL: 'https://app.example.com/#{token}',
  };
}

async function prepare(mails: number) {
  const { database, url, remove } = temporaryDatabase();
  // Names of one length, so that all answers have one.
  const users = (await seed(database, { users: 1_000 })).slice(100);
  const tokens = await mint(database, users, 100, 'HS256');
  await seedMails(database, users, mails);
  return { url, remove, tokens };
}

/** Takes connections and says nothing. */
async function startSilentServer(): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => socket.on('error', () => undefined)).unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close: () => server.close() };
}
