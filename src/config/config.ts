import { ConfigError } from './config-error';
import { type RuntimeFacts, readRuntimeFacts, readSettings } from './read-settings';
import { findSecrets, openSecrets, type Secrets } from './secrets';
import type { Settings } from './settings';

export { ConfigError } from './config-error';
export type { DatabaseConfig } from './database-url';
export type { MailConfig } from './mail-config';
export type { Secrets } from './secrets';
export type { Settings } from './settings';
export type { TlsConfig } from './tls-files';

/** Everything that can be configured, checked and in the units the code uses. The table: docs/configuration.md. */
export interface Config extends Settings {
  readonly secrets: Secrets;
}

/**
 * Reads the environment and `.env`. Without SECRET_KEY, where that is allowed, makes one in the data directory.
 *
 * @throws ConfigError with all faults together
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, runtime: RuntimeFacts = readRuntimeFacts()): Config {
  return loadWith(openSecrets, env, runtime);
}

/** As `loadConfig`, for commands that need the keys of the service: makes none. @throws ConfigError */
export function loadServiceConfig(): Config {
  return loadWith(findSecrets, process.env, readRuntimeFacts());
}

function loadWith(readSecrets: typeof openSecrets, env: NodeJS.ProcessEnv, runtime: RuntimeFacts): Config {
  const { settings, secretTexts, faults, warnings: hints } = readSettings(env, runtime, { needsSecret: true });
  if (settings === undefined || faults.length > 0) throw new ConfigError(faults, hints);
  const warnings = [...settings.warnings];
  const directory = settings.database.kind === 'embedded' ? settings.database.directory : undefined;
  return { ...settings, secrets: readSecrets(secretTexts, directory, warnings), warnings };
}

/** As `loadConfig`, for commands that need no keys: asks for no secret and writes nothing. @throws ConfigError */
export function loadSettings(
  env: NodeJS.ProcessEnv = process.env,
  runtime: RuntimeFacts = readRuntimeFacts(),
): Settings {
  const { settings, faults, warnings: hints } = readSettings(env, runtime, { needsSecret: false });
  if (settings === undefined || faults.length > 0) throw new ConfigError(faults, hints);
  return settings;
}
