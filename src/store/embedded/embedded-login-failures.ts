import type { Call } from '../../auth/call';
import type { Lockout, LoginFailures, LoginLimits } from '../../auth/login/login-failures';
import type { Engine } from './engine/engine';
import { EXPIRING, noteExpiry } from './engine/expiries';
import { digest, startingWith } from './engine/keys';
import type { FailureCount, Tables } from './engine/tables';

/** How long a source that logged in is known. */
const KNOWN_MS = 30 * 86_400_000;

export class EmbeddedLoginFailures implements LoginFailures {
  constructor(private readonly engine: Engine) {}

  reserve(account: string, source: string, limits: LoginLimits, at: number, call: Call): Promise<number | undefined> {
    const keys = buildKeys(account, source);
    return this.engine.write(call, (tables) => {
      const here = counted(tables, keys.source, limits, at);
      const everywhere = counted(tables, keys.account, limits, at);
      if (here !== undefined && here.count >= limits.perSource) return secondsUntil(here.endsAt, at);
      const isKnown = (tables.knownSources.get(keys.source) ?? 0) > at;
      if (!isKnown && everywhere !== undefined && everywhere.count >= limits.perAccount) {
        return secondsUntil(everywhere.endsAt, at);
      }
      count(tables, keys.source, here, limits, at);
      count(tables, keys.account, everywhere, limits, at);
      return undefined;
    });
  }

  release(account: string, source: string, at: number, call: Call): Promise<void> {
    const keys = buildKeys(account, source);
    return this.engine.write(call, (tables) => {
      takeBack(tables, keys.source, at);
      takeBack(tables, keys.account, at);
    });
  }

  succeed(account: string, source: string, at: number, call: Call): Promise<void> {
    const keys = buildKeys(account, source);
    return this.engine.write(call, (tables) => {
      tables.failures.remove(keys.source);
      takeBack(tables, keys.account, at);
      if (!tables.knownSources.doesExist(keys.source)) {
        noteExpiry(tables, EXPIRING.knownSource, keys.source, at + KNOWN_MS);
      }
      tables.knownSources.put(keys.source, at + KNOWN_MS);
    });
  }

  findLockout(account: string, limits: LoginLimits, at: number, call: Call): Promise<Lockout> {
    const ofAccount = digest(account);
    return this.engine.read(call, ({ failures }) => {
      let everywhereUntil: Date | undefined;
      const sourcesUntil: Date[] = [];
      for (const { key, value } of failures.getRange(startingWith(ofAccount))) {
        if (value.endsAt <= at) continue;
        const until = new Date(Math.min(value.endsAt, at + limits.windowSeconds * 1000));
        if (!key.equals(ofAccount) && value.count >= limits.perSource) sourcesUntil.push(until);
        if (key.equals(ofAccount) && value.count >= limits.perAccount) everywhereUntil = until;
      }
      return { everywhereUntil, sourcesUntil: sourcesUntil.sort((a, b) => b.getTime() - a.getTime()) };
    });
  }

  clear(account: string, call: Call): Promise<void> {
    return this.engine.write(call, (tables) => {
      for (const key of [...tables.failures.getKeys(startingWith(digest(account)))]) tables.failures.remove(key);
    });
  }
}

/** Digests, so that the store does not show which names were tried from where. */
function buildKeys(account: string, source: string): { readonly account: Buffer; readonly source: Buffer } {
  const ofAccount = digest(account);
  return { account: ofAccount, source: Buffer.concat([ofAccount, digest(source)]) };
}

/**
 * The count of the window that `at` lies in. A window that seems to begin later was counted before the clock was set
 * back: it is moved to begin now, at once and for good, so that it lasts no longer than a window.
 */
function counted(tables: Tables, key: Buffer, limits: LoginLimits, at: number): FailureCount | undefined {
  const count = tables.failures.get(key);
  if (count === undefined || count.endsAt <= at) return undefined;
  if (count.startedAt <= at) return count;
  const moved = { count: count.count, startedAt: at, endsAt: at + limits.windowSeconds * 1000 };
  tables.failures.put(key, moved);
  return moved;
}

function count(tables: Tables, key: Buffer, known: FailureCount | undefined, limits: LoginLimits, at: number): void {
  if (known !== undefined) {
    tables.failures.put(key, { ...known, count: known.count + 1 });
    return;
  }
  const endsAt = at + limits.windowSeconds * 1000;
  tables.failures.put(key, { count: 1, startedAt: at, endsAt });
  noteExpiry(tables, EXPIRING.failures, key, endsAt);
}

/** Not from a window that began after the reservation: that one was counted in a window that is over. */
function takeBack(tables: Tables, key: Buffer, at: number): void {
  const known = tables.failures.get(key);
  if (known === undefined || known.startedAt > at) return;
  if (known.count <= 1) tables.failures.remove(key);
  else tables.failures.put(key, { ...known, count: known.count - 1 });
}

function secondsUntil(time: number, at: number): number {
  return Math.max(1, Math.ceil((time - at) / 1000));
}
