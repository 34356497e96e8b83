import { createSecretKey, type KeyObject } from 'node:crypto';
import { ConfigError, Fault } from './config-error';
import { findGeneratedSecret, generateSecret } from './generated-secret';

export interface Secrets {
  /** The UTF-8 bytes of SECRET_KEY. */
  readonly current: KeyObject;
  /** SECRET_KEY_PREVIOUS: accepted, never used to sign. */
  readonly previous: KeyObject | undefined;
}

interface SecretTexts {
  readonly current: string | undefined;
  readonly previous: string | undefined;
}

const MIN_LENGTH = 32;
/** Keys that published documentation shows, so that any attacker knows them. */
const PUBLISHED: ReadonlySet<string> = new Set([
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  'a-string-secret-at-least-256-bits-long',
  'your-secret-key-at-least-32-characters-long',
  'your-256-bit-secret-your-256-bit-secret',
]);
const FILLED_IN_LATER = /^(change|replace)[-_ ]?(me|this|it)/i;

/** @throws Fault when it is too short for HS256 (RFC 8725 section 3.5) or well known; its text is not repeated */
export function checkSecret(text: string): void {
  if ([...text].length < MIN_LENGTH) {
    throw new Fault(`has fewer than ${MIN_LENGTH} characters; make one with: openssl rand -base64 48`);
  }
  if (repeatsOneWord(text) || new Set(text).size < 6 || PUBLISHED.has(text) || FILLED_IN_LATER.test(text)) {
    throw new Fault('is well known or easy to guess; make one with: openssl rand -base64 48');
  }
}

/** A word over and over, the last time perhaps in part. */
function repeatsOneWord(text: string): boolean {
  return [1, 2, 3, 4, 5, 6, 7, 8].some((length) => text.slice(length) === text.slice(0, -length));
}

/**
 * The keys of the service. Without SECRET_KEY one is made in `directory` and used from then on; only the embedded store
 * has one.
 *
 * @throws ConfigError
 */
export function openSecrets(texts: SecretTexts, directory: string | undefined, warnings: string[]): Secrets {
  if (texts.current === undefined && directory === undefined) throw new ConfigError([SECRET_MISSING]);
  return toSecrets(texts.current ?? generateSecret(directory as string, warnings), texts.previous);
}

/**
 * As `openSecrets`, but makes none: what a command made or looked up with a new secret would not fit the service's.
 *
 * @throws ConfigError
 */
export function findSecrets(texts: SecretTexts, directory: string | undefined, warnings: string[]): Secrets {
  if (texts.current === undefined && directory === undefined) throw new ConfigError([SECRET_MISSING]);
  const current = texts.current ?? findGeneratedSecret(directory as string, warnings);
  if (current === undefined) {
    throw new ConfigError([
      `SECRET_KEY: is not set, and none is kept in ${directory}; give SECRET_KEY as the service has it`,
    ]);
  }
  return toSecrets(current, texts.previous);
}

function toSecrets(current: string, previousText: string | undefined): Secrets {
  const previous = previousText === current ? undefined : previousText;
  return { current: toSecretKey(current), previous: previous === undefined ? undefined : toSecretKey(previous) };
}

export const SECRET_MISSING =
  'SECRET_KEY: is not set; it is necessary with MongoDB and with NODE_ENV=production: make one with: openssl rand -base64 48';

function toSecretKey(text: string): KeyObject {
  return createSecretKey(Buffer.from(text, 'utf8'));
}
