// A process that writes to an embedded store until it is killed: DIRECTORY PARALLEL OPENED_BY REFUSALS. Prints each id
// when its write is acknowledged. It ends at the first refusal, or, with "persist", says so and whether it could read,
// and tries again.
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store';
import { aSession, aUser } from '../domain/builders';
import { testCall } from '../domain/call';
import { storeOptions } from './embedded';

const [directory = '', parallel = '1', openedBy = 'service', refusals = 'end'] = process.argv.slice(2);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function main(): Promise<void> {
  const options = storeOptions({
    openedBy: openedBy === 'tool' ? 'tool' : 'service',
    onProblem: (problem) => say(`problem ${problem}`),
    onFatal: (cause) => {
      say(`fatal ${cause instanceof Error ? cause.message : cause}`);
      process.exitCode = 70;
    },
  });
  const store = await openEmbeddedStore(directory, options);
  say('open');
  const write = async () => {
    for (;;) {
      const user = aUser();
      await store.users.insert(user, testCall());
      say(`user ${user.id} ${user.email}`);
      const session = aSession({ userId: user.id });
      await store.sessions.insert(session, testCall());
      const { id, saltHash } = session;
      const at = Date.now();
      const rotation = { from: 0, saltHash, refreshKeyId: 'k', at, expiresAt: session.expiresAt, ipAddress: '' };
      await store.sessions.rotate(id, rotation, testCall());
      say(`rotated ${id}`);
    }
  };
  const persist = async () => {
    for (;;) {
      const refused = await write().catch((error: { reason: string }) => error.reason);
      const known = await store.users.list({ after: undefined, limit: 1 }, testCall());
      const ready = await store.ping(1_000).then(
        () => 'ready',
        () => 'not ready',
      );
      say(`refused ${refused}, ${ready}, reads ${known.length}`);
      await pause(20);
    }
  };
  if (refusals === 'persist') await Promise.all(Array.from({ length: Number(parallel) }, persist));
  const failures = await Promise.allSettled(Array.from({ length: Number(parallel) }, write));
  for (const failure of failures) if (failure.status === 'rejected') say(`refused ${failure.reason.reason}`);
}

main().catch((error: unknown) => {
  say(`error ${error instanceof Error ? `${error.name} ${error.message}` : error}`);
  process.exitCode = 1;
});
