import mongoose, { type mongo } from 'mongoose';
import { newestRoot } from '../support/embedded-roots';
import { eventually } from '../support/eventually';
import { testDatabaseUrl } from '../support/mongo';
import { mongoClient } from '../support/mongo-client';
import { type StartedApp, startApp } from '../support/start-app';
import { type AppCalls, appCalls } from './app-calls';

const REFRESHES = 5;

let app: StartedApp;
let calls: AppCalls;
afterEach(() => app.stop());

/** A user who has signed in and refreshed, and whose audit events are written: nothing of the service's own is under way. */
async function settled(env: NodeJS.ProcessEnv): Promise<string> {
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

test('D2: a Refresh on the embedded store is one commit and so one flush, and leaves nothing to be written later', async () => {
  const token = await settled({});
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

test('D2 D7: a Refresh on MongoDB is one write, and the second look at the user goes out with it: one round trip', async () => {
  const url = new URL(testDatabaseUrl());
  url.searchParams.set('monitorCommands', 'true');
  const token = await settled({ DATABASE_URL: url.href });
  const connection = mongoose.connections.at(-1) ?? mongoose.connection;
  const seen: string[] = [];
  const asked = new Map<number, string>();
  connection.getClient().on('commandStarted', ({ commandName, requestId, command }) => {
    if (isOfTheServiceItself(commandName, command)) return;
    asked.set(requestId, commandName);
    seen.push(`asked ${commandName}`);
  });
  connection.getClient().on('commandSucceeded', ({ requestId }) => {
    const commandName = asked.get(requestId);
    if (commandName !== undefined) seen.push(`answered ${commandName}`);
  });
  await refreshed(token, REFRESHES);
  await app.app.stop();

  // Both are on their way before either is answered.
  for (let at = 0; at < REFRESHES * 4; at += 4) {
    expect(seen.slice(at, at + 2).sort()).toEqual(['asked find', 'asked findAndModify']);
    expect(seen.slice(at + 2, at + 4).sort()).toEqual(['answered find', 'answered findAndModify']);
  }
  expect(seen.slice(REFRESHES * 4)).toEqual([]);
  await dropped(url.href);
});

/** Twice a second it looks whether the store answers, and the change stream of the feed waits; at its end the driver says so. */
function isOfTheServiceItself(commandName: string, command: mongo.Document): boolean {
  if (commandName === 'find') return command.filter?._id === '';
  return ['hello', 'getMore', 'killCursors', 'endSessions'].includes(commandName);
}

async function dropped(url: string): Promise<void> {
  const client = mongoClient(url);
  await client.db().dropDatabase();
  await client.close();
}
