import type { mongo } from 'mongoose';
import { eventually } from '../../support/domain/eventually';
import { newestRoot } from '../../support/embedded/embedded-roots';
import { type AppCalls, appCalls } from '../../support/grpc/app-calls';
import { mongoClient } from '../../support/mongo/mongo-client';
import { lastConnection, watchedUrl } from '../../support/mongo/mongo-watched-store';
import { type StartedApp, startApp } from '../../support/processes/start-app';

const REFRESHES = 5;

let app: StartedApp;
let calls: AppCalls;
afterEach(() => app.stop());

/**
 * A user who has signed in and refreshed, and whose audit events are written: nothing of the service's own is under
 * way.
 */
async function quietApp(env: NodeJS.ProcessEnv): Promise<string> {
  app = await startApp(env);
  calls = appCalls(app);
  const { tokens } = await calls.newUser();
  const token = await calls.adminToken();
  const query = { pageSize: 100, pageToken: '', userId: '', type: '' };
  await eventually('both accounts and both logins are in the audit log', async () => {
    const { events } = (await calls.admin('listAuditEvents', query, token)) as unknown as { events: unknown[] };
    return events.length === 4;
  });
  return refreshed(tokens.refreshToken, 2);
}

async function refreshed(refreshToken: string, times: number): Promise<string> {
  let token = refreshToken;
  for (let i = 0; i < times; i += 1) token = (await calls.auth('refresh', { refreshToken: token })).tokens.refreshToken;
  return token;
}

test('Refresh on the embedded store is one commit and one flush, and leaves nothing to be written later [D2]', async () => {
  const token = await quietApp({});
  const { database } = app.config;
  const directory = database.kind === 'embedded' ? database.directory : '';
  const before = newestRoot(directory).transaction;
  let refreshToken = token;
  for (let i = 1; i <= REFRESHES; i += 1) {
    refreshToken = await refreshed(refreshToken, 1);
    expect(newestRoot(directory).transaction).toBe(before + i);
  }
  await app.app.stop();
  expect(newestRoot(directory).transaction).toBe(before + REFRESHES);
});

/** What is asked of MongoDB and answered until the service has stopped, in this order. */
async function exchanged(work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const asked = new Map<number, string>();
  const client = lastConnection().getClient();
  client.on('commandStarted', ({ commandName, requestId, command }) => {
    if (isOfTheServiceItself(commandName, command)) return;
    const what = `${commandName} ${command[commandName]}`;
    asked.set(requestId, what);
    seen.push(`asked ${what}`);
  });
  client.on('commandSucceeded', ({ requestId }) => {
    const what = asked.get(requestId);
    if (what !== undefined) seen.push(`answered ${what}`);
  });
  await work();
  await app.app.stop();
  return seen;
}

/** Of commands that are all on their way before any is answered. */
const roundTrip = (...commands: string[]) =>
  ['asked', 'answered'].map((what) => commands.map((name) => `${what} ${name}`));

/** The same, cut as `turns` is; what is asked or answered in one turn may be so in any order. */
function inOrder(seen: readonly string[], turns: readonly (readonly string[])[]): string[][] {
  const left = [...seen];
  const taken = turns.map(({ length }) => left.splice(0, length).sort());
  return left.length === 0 ? taken : [...taken, left];
}

test('Refresh on MongoDB is one round trip: one write, with the re-read of the user sent beside it [D2, D7]', async () => {
  const url = watchedUrl();
  const token = await quietApp({ DATABASE_URL: url });
  const seen = await exchanged(() => refreshed(token, REFRESHES));
  const turns = Array.from({ length: REFRESHES }, () => roundTrip('find users', 'findAndModify sessions')).flat();
  expect(inOrder(seen, turns)).toEqual(turns);
  await dropped(url);
});

test('a Login on MongoDB is four round trips, and its event is written in the background', async () => {
  const url = watchedUrl();
  await quietApp({ DATABASE_URL: url });
  const seen = await exchanged(() => calls.adminToken());
  const turns = [
    roundTrip('find users'),
    roundTrip('update login_failures'),
    roundTrip('insert sessions', 'update login_failures'),
    roundTrip('find sessions', 'find users'),
    roundTrip('insert audit_events'),
  ].flat();
  expect(inOrder(seen, turns)).toEqual(turns);
  await dropped(url);
});

/**
 * Twice a second it looks whether the store answers, and the change stream of the feed waits; at its end the driver
 * says so.
 */
function isOfTheServiceItself(commandName: string, command: mongo.Document): boolean {
  if (command[commandName] === 'replicas') return true;
  if (commandName === 'update') return command.update === 'heartbeats' || command.updates?.[0]?.q?._id === '';
  return ['hello', 'getMore', 'killCursors', 'endSessions'].includes(commandName);
}

async function dropped(url: string): Promise<void> {
  const client = mongoClient(url);
  await client.db().dropDatabase();
  await client.close();
}
