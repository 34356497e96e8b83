import { resolve } from 'node:path';
import { availableCores } from './available-cores';
import { checkRelations } from './check-relations';
import { Fault } from './config-error';
import type { Diagnostics } from './environment';
import { buildMailConfig, type MailConfig } from './mail-config';
import { readTexts, type Texts } from './read-texts';
import { checkSecret, SECRET_MISSING } from './secrets';
import { type Facts, Setting, type SettingTree, type UncheckedValuesOf, type ValuesOf } from './setting';
import { ALL_SETTINGS, SETTINGS, type Settings } from './settings';
import { checkTlsFiles, type TlsConfig } from './tls-files';
import { buildTracingConfig } from './tracing-config';

/** Where the configuration is read. */
export interface RuntimeFacts extends Omit<Facts, 'production'> {
  /** The working directory: `.env` and relative paths. */
  readonly directory: string;
}

export function readRuntimeFacts(): RuntimeFacts {
  return { directory: process.cwd(), terminal: process.stdout.isTTY === true, cores: availableCores() };
}

interface Reading {
  /** Undefined when there are faults. */
  readonly settings: Settings | undefined;
  readonly secretTexts: { readonly current: string | undefined; readonly previous: string | undefined };
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads and checks every variable; touches no file but `.env`, those of `NAME_FILE` and those of TLS, and changes none.
 */
export function readSettings(
  env: NodeJS.ProcessEnv,
  runtime: RuntimeFacts,
  { needsSecret }: { needsSecret: boolean },
): Reading {
  const { texts, ...diagnostics } = readTexts(ALL_SETTINGS, env, runtime.directory);
  const { faults, warnings } = { faults: [...diagnostics.faults], warnings: [...diagnostics.warnings] };
  const production = isProduction(texts.get('NODE_ENV'), warnings);
  const values = readTree(SETTINGS, texts, { ...runtime, production }, { faults, warnings });
  const { secretTexts } = values;
  if (needsSecret) checkSecrets(secretTexts, faults);
  if (needsSecret && secretTexts.current === undefined && (production || values.database?.kind === 'mongodb')) {
    const isSaid = faults.some((fault) => /^SECRET_KEY(_FILE)?:/.test(fault));
    if (!isSaid) faults.push(SECRET_MISSING);
  }
  checkRelations(values, production, { faults, warnings });
  const tls = checkTlsFiles(values.tls, faults);
  const mail = buildMailConfig(values.mail, texts, runtime.directory, { faults, warnings });
  if (faults.length > 0) return { settings: undefined, secretTexts, faults, warnings };
  const checked = values as ValuesOf<typeof SETTINGS>;
  const httpIsChosen = texts.has('HTTP_ADDRESS');
  return {
    settings: compose(checked, { production, tls, mail, httpIsChosen, runtime, warnings }),
    secretTexts,
    faults,
    warnings,
  };
}

/** A misspelt `production` must not start as something else without a word. */
function isProduction(nodeEnv: string | undefined, warnings: string[]): boolean {
  const isKnown = nodeEnv === undefined || /^(production|development|test)$/i.test(nodeEnv);
  if (!isKnown) {
    warnings.push(
      'NODE_ENV is not production, development or test: this runs as no production; write NODE_ENV=production',
    );
  }
  return nodeEnv?.toLowerCase() === 'production';
}

function readTree<T extends SettingTree>(
  tree: T,
  texts: Texts['texts'],
  facts: Facts,
  diagnostics: Diagnostics,
): UncheckedValuesOf<T> {
  const values = Object.entries(tree).map(([key, node]) => {
    const value =
      node instanceof Setting ? readValue(node, texts, facts, diagnostics) : readTree(node, texts, facts, diagnostics);
    return [key, value];
  });
  return Object.fromEntries(values) as UncheckedValuesOf<T>;
}

function readValue(setting: Setting<unknown>, texts: Texts['texts'], facts: Facts, diagnostics: Diagnostics): unknown {
  const { name, parse, defaultText, options } = setting;
  const text = texts.get(name) ?? defaultText(facts);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!options.lenient) {
      diagnostics.faults.push(`${name}: ${error.message}`);
      return undefined;
    }
    diagnostics.warnings.push(`${name} ${error.message}; until then it is ignored`);
    const fallback = defaultText(facts);
    return fallback === undefined ? undefined : parse(fallback);
  }
}

function checkSecrets({ current, previous }: Reading['secretTexts'], faults: string[]): void {
  for (const [name, text] of Object.entries({ SECRET_KEY: current, SECRET_KEY_PREVIOUS: previous })) {
    if (text === undefined) continue;
    try {
      checkSecret(text);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(`${name}: ${error.message}`);
    }
  }
}

interface Circumstances {
  readonly production: boolean;
  readonly tls: TlsConfig | undefined;
  readonly mail: MailConfig | undefined;
  readonly httpIsChosen: boolean;
  readonly runtime: RuntimeFacts;
  readonly warnings: readonly string[];
}

function compose(values: ValuesOf<typeof SETTINGS>, circumstances: Circumstances): Settings {
  const { nodeEnv: _nodeEnv, secretTexts: _secretTexts, ...rest } = values;
  const { production, tls, mail, httpIsChosen, runtime, warnings } = circumstances;
  const { database, tokens } = values;
  return {
    ...rest,
    production,
    database:
      database.kind === 'embedded'
        ? { ...database, directory: resolve(runtime.directory, database.directory) }
        : database,
    tokens: {
      ...tokens,
      clientId: tokens.clientId ?? tokens.audience,
      keyLeadMs: Math.min(tokens.keyLeadMs, tokens.keyRotationMs / 2),
    },
    http: { ...values.http, json: tls === undefined || httpIsChosen },
    tls,
    workers: values.workers === 'auto' ? runtime.cores : values.workers,
    mail,
    tracing: buildTracingConfig(values.tracing),
    warnings,
  };
}
