// A process whose disk fails under an open embedded store: DIRECTORY. The descriptors of the data file are replaced by
// one on which the kernel answers EIO (proc(5), /proc/pid/mem: an address that is not mapped).
import { closeSync, openSync, readdirSync, readlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store';
import { aUser } from '../domain/builders';
import { testCall } from '../domain/call';
import { storeOptions } from './embedded';

const [directory = ''] = process.argv.slice(2);

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function failWrites(file: string): void {
  const descriptors = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false;
    }
  });
  for (const fd of descriptors.map(Number).sort((a, b) => a - b)) {
    closeSync(fd);
    if (openSync('/proc/self/mem', 'r+') !== fd) throw new Error('Another descriptor was free');
  }
}

async function main(): Promise<void> {
  const options = storeOptions({
    onProblem: (problem) => say(`problem ${problem}`),
    onFatal: (cause) => say(`fatal ${cause instanceof Error && 'code' in cause ? cause.code : cause}`),
  });
  const store = await openEmbeddedStore(directory, options);
  const kept = aUser();
  await store.users.insert(kept, testCall());
  failWrites(join(directory, 'data.mdb'));
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { reason: string }) => error.reason,
    );
  const insert = () => outcome(store.users.insert(aUser(), testCall()));
  for (const word of await Promise.all([insert(), insert()])) say(`insert ${word}`);
  await pause(100);
  say(`insert ${await insert()}`);
  say(`ping ${await outcome(store.ping(1_000))}`);
  process.exit(0);
}

main().catch((error: unknown) => {
  say(`error ${error}`);
  process.exitCode = 1;
});
