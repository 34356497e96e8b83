/** How the driver reaches the servers and who it says it is: no promise of the store depends on these. */
export const TAKEN_OPTIONS: readonly string[] = [
  'appName',
  'authMechanism',
  'authMechanismProperties',
  'authSource',
  'compressors',
  'connectTimeoutMS',
  'directConnection',
  'heartbeatFrequencyMS',
  'localThresholdMS',
  'maxConnecting',
  'maxIdleTimeMS',
  'maxPoolSize',
  'minPoolSize',
  'monitorCommands',
  'proxyHost',
  'proxyPassword',
  'proxyPort',
  'proxyUsername',
  'replicaSet',
  'retryReads',
  'retryWrites',
  'serverMonitoringMode',
  'serverSelectionTimeoutMS',
  'socketTimeoutMS',
  'srvMaxHosts',
  'srvServiceName',
  'ssl',
  'tls',
  'tlsAllowInvalidCertificates',
  'tlsAllowInvalidHostnames',
  'tlsCAFile',
  'tlsCRLFile',
  'tlsCertificateKeyFile',
  'tlsCertificateKeyFilePassword',
  'tlsInsecure',
  'waitQueueTimeoutMS',
  'zlibCompressionLevel',
];

/** What the store says with every command; saying it again is harmless, anything else is not. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  journal: ['true'],
  j: ['true'],
  readConcernLevel: ['majority'],
  readPreference: ['primary'],
  w: ['majority'],
};

/** Options that the driver takes and that would break a promise, with what they would do. */
const BREAKING: Readonly<Record<string, string>> = {
  fsync: 'it changes when a write counts as done',
  loadBalanced: 'behind a load balancer the driver cannot find out which server is primary',
  maxStalenessSeconds: 'reads of secondaries miss what was acknowledged',
  readPreferenceTags: 'reads of secondaries miss what was acknowledged',
  timeoutMS: 'each call brings its own deadline',
  writeConcern: 'it changes when a write counts as done',
  wtimeout: 'a write would count as failed while a majority may still take it; each call brings its own deadline',
  wtimeoutMS: 'a write would count as failed while a majority may still take it; each call brings its own deadline',
  bsonRegExp: 'documents would be read in another form',
  checkKeys: 'documents would be written in another form',
  enableUtf8Validation: 'texts would be read unchecked',
  fieldsAsRaw: 'documents would be read in another form',
  forceServerObjectId: 'documents would be written in another form',
  ignoreUndefined: 'documents would be written in another form',
  pkFactory: 'documents would be written in another form',
  promoteBuffers: 'documents would be read in another form',
  promoteLongs: 'documents would be read in another form',
  promoteValues: 'documents would be read in another form',
  raw: 'documents would be read in another form',
  serializeFunctions: 'documents would be written in another form',
  useBigInt64: 'documents would be read in another form',
};

/** Of names as URLs write them, in any case (Connection String specification). */
const byLowerCase = <T>(entries: readonly (readonly [string, T])[]) =>
  new Map(entries.map(([name, value]) => [name.toLowerCase(), { name, value }]));
const taken = byLowerCase(TAKEN_OPTIONS.map((name) => [name, undefined] as const));
const fixed = byLowerCase(Object.entries(FIXED));
const breaking = byLowerCase(Object.entries(BREAKING));
/** What may be repeated to people; anything else may be a part of a password. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9]{0,39}$/;

/** Why an option in the query of DATABASE_URL is refused; undefined when it is taken. Repeats no value. */
export function optionFault(name: string, value: string): string | undefined {
  const key = name.toLowerCase();
  const known = taken.get(key);
  if (known !== undefined) {
    return value === '' ? `the option ${known.name} has no value; give it one, or remove it` : undefined;
  }
  const only = fixed.get(key);
  if (only !== undefined) {
    if (only.value.includes(value)) return undefined;
    return `the option ${only.name} can only be ${only.value.join(' or ')}: what is acknowledged must survive; remove it`;
  }
  const harm = breaking.get(key);
  if (harm !== undefined) return `the option ${harm.name} is refused: ${harm.value}; remove it`;
  if (!PLAIN_NAME.test(name)) return 'an option is unknown';
  return `the option ${name} is unknown; check how it is spelt, or remove it`;
}
