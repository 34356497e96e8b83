import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '../files/make-directories';
import { ConfigError } from './config-error';
import { errorCode } from './text-file';

export const GENERATED_SECRET_FILE = 'secret-key';

/**
 * The secret kept in the data directory, made there if there is none: durable before it is used, mode 0600, and the
 * same one for any number of processes that start at once.
 *
 * @throws ConfigError
 */
export function generateSecret(directory: string, warnings: string[]): string {
  return access(directory, (path) => read(path, warnings) ?? make(directory, path, warnings));
}

/** The secret that was made before, or undefined. @throws ConfigError */
export function findGeneratedSecret(directory: string, warnings: string[]): string | undefined {
  return access(directory, (path) => read(path, warnings));
}

function access<T>(directory: string, work: (path: string) => T): T {
  try {
    return work(join(directory, GENERATED_SECRET_FILE));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError([
      `DATABASE_URL: the secret key cannot be kept in the data directory (${errorCode(cause)}); make the directory writable or set SECRET_KEY`,
    ]);
  }
}

function read(path: string, warnings: string[]): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
  if (text.length < 32) {
    throw new ConfigError([
      `SECRET_KEY: the file ${path} is damaged; restore it, or remove it to have a new one made, which ends all sessions`,
    ]);
  }
  if ((statSync(path).mode & 0o077) !== 0) warnings.push(`Others may read ${path}; run: chmod 600 ${path}`);
  return text;
}

function make(directory: string, path: string, warnings: string[]): string {
  makeDirectories(directory);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const text = randomBytes(48).toString('base64url');
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link appears whole or not at all, and fails when another process was faster.
    linkSync(draft, path);
  } catch (cause) {
    const theirs = errorCode(cause) === 'EEXIST' ? read(path, warnings) : undefined;
    if (theirs === undefined) throw cause;
    return theirs;
  } finally {
    unlinkSync(draft);
  }
  flushDirectory(directory);
  warnings.push(`SECRET_KEY is not set: one was made and is kept in ${path}; back it up, or set SECRET_KEY`);
  return text;
}

function flushDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
