import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Fault } from './config-error';
import { type Facts, VARIABLES, type Values, type VariableName } from './env';
import { readEnvironment } from './environment';
import { checkSecret, SECRET_MISSING } from './secrets';
import type { Settings } from './settings';
import { checkTlsFiles } from './tls-files';
import { tracingSettings } from './tracing-settings';

/** Where the configuration is read. */
export interface Place extends Omit<Facts, 'production'> {
  /** The working directory: `.env` and relative paths. */
  readonly directory: string;
}

export function processPlace(): Place {
  return { directory: process.cwd(), terminal: process.stdout.isTTY === true, cores: availableParallelism() };
}

interface Reading {
  /** Undefined when there are faults. */
  readonly settings: Settings | undefined;
  readonly secretTexts: { readonly current: string | undefined; readonly previous: string | undefined };
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads and checks every variable; touches no file but `.env`, those of `NAME_FILE` and those of TLS, and changes none. */
export function readSettings(env: NodeJS.ProcessEnv, place: Place, { needsSecret }: { needsSecret: boolean }): Reading {
  const { texts, faults: reading, warnings } = readEnvironment(env, place.directory);
  const faults = [...reading];
  const production = texts.get('NODE_ENV') === 'production';
  const values = parseAll(texts, { ...place, production }, faults);
  const secretTexts = { current: texts.get('SECRET_KEY'), previous: texts.get('SECRET_KEY_PREVIOUS') };
  if (needsSecret) checkSecrets(secretTexts, faults);
  if (
    needsSecret &&
    secretTexts.current === undefined &&
    (production || texts.get('DATABASE_URL')?.startsWith('mongodb'))
  ) {
    const alreadyTold = faults.some((fault) => /^SECRET_KEY(_FILE)?:/.test(fault));
    if (!alreadyTold) faults.push(SECRET_MISSING);
  }
  const notes = [...warnings];
  checkRelations(values, production, faults, notes);
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: clientCa } = values;
  const tls = checkTlsFiles({ cert, key, clientCa }, faults);
  if (clientCa === undefined && (values.MTLS_ADMIN_SANS ?? []).length > 0) {
    faults.push('MTLS_ADMIN_SANS: is set, but TLS_CLIENT_CA_FILE is not, so no client can prove its name; set it too');
  }
  const settings =
    faults.length > 0
      ? undefined
      : compose(values as Values, { production, tls, httpIsChosen: texts.has('HTTP_ADDRESS'), place, notes });
  return { settings, secretTexts, faults, warnings: notes };
}

function parseAll(texts: ReadonlyMap<VariableName, string>, facts: Facts, faults: string[]): Partial<Values> {
  const values: Partial<Record<VariableName, unknown>> = {};
  for (const name of Object.keys(VARIABLES) as VariableName[]) {
    const text = texts.get(name) ?? VARIABLES[name].defaultText(facts);
    if (text === undefined) continue;
    collect(name, faults, () => {
      values[name] = VARIABLES[name].parse(text);
    });
  }
  return values as Partial<Values>;
}

function checkSecrets(secretTexts: Reading['secretTexts'], faults: string[]): void {
  const { current, previous } = secretTexts;
  if (current !== undefined) collect('SECRET_KEY', faults, () => checkSecret(current));
  if (previous !== undefined) collect('SECRET_KEY_PREVIOUS', faults, () => checkSecret(previous));
}

function collect(name: string, faults: string[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    faults.push(`${name}: ${error.message}`);
  }
}

/** The least memory in KiB for each number of passes (OWASP Password Storage Cheat Sheet). */
const ARGON2_FLOOR = [47_104, 19_456, 12_288, 9_216, 7_168] as const;

function checkRelations(values: Partial<Values>, production: boolean, faults: string[], warnings: string[]): void {
  const { ROLES, ARGON2_MEMORY_KIB: memory, ARGON2_TIME: time, ARGON2_PARALLELISM: lanes } = values;
  const missing = ROLES === undefined ? [] : ['user', 'admin'].filter((role) => !ROLES.includes(role));
  if (missing.length > 0) faults.push(`ROLES: lacks ${missing.join(' and ')}; add what is missing`);
  if (memory !== undefined && lanes !== undefined && memory < 8 * lanes) {
    faults.push('ARGON2_MEMORY_KIB: is less than 8 times ARGON2_PARALLELISM; raise it');
  }
  const floor = ARGON2_FLOOR[Math.min(time ?? 2, ARGON2_FLOOR.length) - 1] ?? 0;
  if (memory !== undefined && memory < floor) {
    const told = `is below what OWASP advises for so many ARGON2_TIME passes; set at least ${floor}, or leave both out`;
    (production ? faults : warnings).push(`ARGON2_MEMORY_KIB: ${told}`);
  }
  if (production && /^http:\/\//i.test(values.JWT_ISSUER ?? '')) {
    warnings.push(
      'JWT_ISSUER: is a URL without TLS; many verifiers discover keys over https only: set it to the https URL of the HTTP port',
    );
  }
  checkAddresses(values, faults);
}

function checkAddresses(values: Partial<Values>, faults: string[]): void {
  const taken = new Map<string, string>();
  for (const name of ['GRPC_ADDRESS', 'HTTP_ADDRESS', 'HEALTH_ADDRESS'] as const) {
    const address = values[name];
    if (address === undefined || address.endsWith(':0')) continue;
    const other = taken.get(address);
    if (other !== undefined) faults.push(`${name}: is the same as ${other}; give each a port of its own`);
    taken.set(address, name);
  }
}

interface Circumstances {
  readonly production: boolean;
  readonly tls: Settings['tls'];
  readonly httpIsChosen: boolean;
  readonly place: Place;
  readonly notes: readonly string[];
}

function compose(values: Values, { production, tls, httpIsChosen, place, notes }: Circumstances): Settings {
  const database = values.DATABASE_URL;
  return {
    production,
    database:
      database.kind === 'embedded'
        ? { ...database, directory: resolve(place.directory, database.directory) }
        : database,
    tokens: {
      algorithm: values.JWT_ALGORITHM,
      issuer: values.JWT_ISSUER,
      audience: values.JWT_AUDIENCE,
      clientId: values.JWT_CLIENT_ID ?? values.JWT_AUDIENCE,
      type: values.JWT_TYP,
      accessTtlMs: values.ACCESS_TOKEN_EXPIRE_MINUTES,
      refreshTtlMs: values.REFRESH_TOKEN_EXPIRE_DAYS,
      sessionMaxMs: values.SESSION_MAX_DAYS,
      refreshGraceMs: values.REFRESH_GRACE_SECONDS,
      maxSessionsPerUser: values.MAX_SESSIONS_PER_USER,
      keyRotationMs: values.KEY_ROTATION_DAYS,
      keyLeadMs: Math.min(values.KEY_LEAD_HOURS, values.KEY_ROTATION_DAYS / 2),
    },
    roles: values.ROLES,
    passwords: {
      minLength: values.PASSWORD_MIN_LENGTH,
      argon2: { memoryKib: values.ARGON2_MEMORY_KIB, time: values.ARGON2_TIME, parallelism: values.ARGON2_PARALLELISM },
      hashConcurrency: values.HASH_CONCURRENCY,
      hashQueue: values.HASH_QUEUE,
    },
    limits: {
      loginMaxFailures: values.LOGIN_MAX_FAILURES,
      loginWindowSeconds: values.LOGIN_WINDOW_SECONDS,
      loginPerMinute: values.LOGIN_LIMIT_PER_MINUTE,
      registerPerMinute: values.REGISTER_LIMIT_PER_MINUTE,
      perSecond: values.RATE_LIMIT_PER_SECOND,
      burst: values.RATE_LIMIT_BURST,
      trustedProxies: values.TRUSTED_PROXIES,
    },
    grpc: {
      address: values.GRPC_ADDRESS,
      healthAddress: values.HEALTH_ADDRESS,
      reflection: values.REFLECTION,
      extAuthz: values.EXT_AUTHZ,
    },
    http: {
      address: values.HTTP_ADDRESS,
      corsOrigins: values.CORS_ORIGINS,
      json: tls === undefined || httpIsChosen,
    },
    tls,
    adminClients: values.MTLS_ADMIN_SANS,
    requestTimeoutMs: values.REQUEST_TIMEOUT_SECONDS,
    revocationStalenessMs: values.REVOCATION_STALENESS_SECONDS,
    drainMs: values.DRAIN_SECONDS,
    auditRetentionMs: values.AUDIT_RETENTION_DAYS,
    workers: values.WORKERS === 'auto' ? place.cores : values.WORKERS,
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT, summaryMs: values.LOG_SUMMARY_SECONDS },
    tracing: tracingSettings(values),
    warnings: notes,
  };
}
