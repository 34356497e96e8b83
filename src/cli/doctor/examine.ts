import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AuthError } from '../../auth/errors';
import { type ConfigError, loadConfig, type Secrets, type Settings } from '../../config/config';
import { GENERATED_SECRET_FILE } from '../../config/generated-secret';
import { readRuntimeFacts, readSettings } from '../../config/read-settings';
import { StoreRefusedError } from '../../store/store';
import { refusalText } from '../refusal-text';
import { checkEmbedded } from './check-embedded';
import { checkIssuer } from './check-issuer';
import { checkMail } from './check-mail';
import { checkTls } from './check-tls';
import { type Finding, fault, ok, warning } from './finding';

/** Looks at everything that a start depends on; makes no key and builds no index. */
export async function examine(): Promise<Finding[]> {
  const { settings, secretTexts, faults } = readSettings(process.env, readRuntimeFacts(), { needsSecret: true });
  if (settings === undefined || faults.length > 0) {
    return [
      ...faults.map((text) => fault('configuration', text)),
      warning('store', 'Not looked at: correct the configuration first'),
    ];
  }
  const { database } = settings;
  const isKept = database.kind === 'embedded' && existsSync(join(database.directory, GENERATED_SECRET_FILE));
  const findings: Finding[] = settings.warnings.map((text) => warning('configuration', text));
  let secrets: Secrets | undefined;
  if (secretTexts.current !== undefined || isKept) {
    try {
      const config = loadConfig();
      secrets = config.secrets;
      findings.push(...config.warnings.slice(findings.length).map((text) => warning('configuration', text)));
    } catch (error) {
      findings.push(...(error as ConfigError).faults.map((text) => fault('configuration', text)));
    }
  }
  if (!findings.some(({ level }) => level === 'fault')) findings.push(ok('configuration', 'Every setting is valid'));
  const [store, mail] = await Promise.all([checkStore(settings, secrets), checkMail(settings.mail)]);
  return [
    ...findings,
    ...store,
    ...checkTls(settings.tls, settings.production, Date.now()),
    mail,
    checkIssuer(settings.tokens),
  ];
}

async function checkStore(settings: Settings, secrets: Secrets | undefined): Promise<Finding[]> {
  const { database } = settings;
  try {
    if (database.kind === 'embedded') return await checkEmbedded(database.directory, settings, secrets);
    // Loaded when needed, as in open-store.ts.
    const { checkMongo } = require('./check-mongo') as typeof import('./check-mongo');
    return await checkMongo(database.url, settings, secrets);
  } catch (error) {
    if (error instanceof AuthError) return [fault('store', refusalText(error))];
    if (error instanceof StoreRefusedError) return [fault('store', error.message)];
    throw error;
  }
}
