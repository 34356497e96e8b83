import { join } from 'node:path';
import { readDotEnv } from './dot-env';
import type { Environment } from './environment';
import { nearestName } from './nearest-name';
import { readSecretText } from './secret-text';
import type { Setting } from './setting';

/** The texts of the variables that are set, wherever they came from, and what was wrong on the way. */
export interface Texts {
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The environment, then `.env` of `directory` for what the environment does not set. An empty value is the same as
 * none.
 */
export function readTexts(settings: readonly Setting<unknown>[], env: Environment, directory: string): Texts {
  const faults: string[] = [];
  const warnings: string[] = [];
  const file = readDotEnv(join(directory, '.env'), faults);
  const texts = new Map<string, string>();
  for (const { name, options } of settings) {
    const text = options.secret
      ? readSecretText(name, isSecretIn(env, name) ? env : file, { faults, warnings })
      : env[name]?.trim() || file[name]?.trim();
    if (text) texts.set(name, text);
  }
  return { texts, faults, warnings: [...warnings, ...findMisspellings(settings, { ...file, ...env })] };
}

/** The environment's pair of NAME and NAME_FILE hides the pair of the `.env` file. */
function isSecretIn(env: Environment, name: string): boolean {
  return Boolean(env[name] || env[`${name}_FILE`]);
}

/** Names that are not ours but nearly: a setting that the operator believes to be in force. */
function findMisspellings(settings: readonly Setting<unknown>[], texts: Environment): string[] {
  const known = settings.flatMap(({ name, options }) => (options.secret ? [name, `${name}_FILE`] : [name]));
  const isKnown = new Set(known);
  return Object.keys(texts)
    .filter((name) => !isKnown.has(name) && name.length >= 5)
    .flatMap((name) => {
      const near = nearestName(name.toUpperCase(), known);
      return near === undefined ? [] : [`${name} is not a setting of Postern and has no effect; ${near} is meant?`];
    });
}
