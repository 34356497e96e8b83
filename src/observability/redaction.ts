const SECRET_KEYS: ReadonlySet<string> = new Set([
  'password',
  'passwordHash',
  'password_hash',
  'currentPassword',
  'newPassword',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'token',
  'authorization',
  'secret',
  'secretKey',
]);

const SECRETS: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\bpst(?:[nv]_|r1\.)[\w.-]{16,}/g, '[token]'],
  [/\$argon2\w*\$\S+/g, '[hash]'],
  [/\b(Bearer|Basic)\s+\S+/gi, '$1 [redacted]'],
  [/(\w+:\/\/)[^\s/@]*@/g, '$1'],
];

/** What looks like a token, a hash or a credential in a text of others is taken out. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
}

const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
const HAS_CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/**
 * Control characters, among them the escape that begins a terminal's sequences, and what some viewers break lines at.
 */
export function withoutControl(text: string): string {
  return HAS_CONTROL.test(text) ? text.replace(CONTROLS, '\uFFFD') : text;
}

const MAX_DEPTH = 4;

/**
 * A log object with control characters taken out of its texts and secret keys censored; copied only when there is
 * something to change. It runs on every line: pino's own redaction costs 13 us a line when it looks into nested
 * objects, this 0.3 us.
 */
export function safeEntry(entry: Record<string, unknown>, depth = MAX_DEPTH): Record<string, unknown> {
  let safe = entry;
  for (const key in entry) {
    const value = entry[key];
    const kept = SECRET_KEYS.has(key) ? '[redacted]' : safeValue(value, depth);
    if (kept === value) continue;
    if (safe === entry) safe = { ...entry };
    safe[key] = kept;
  }
  return safe;
}

function safeValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutControl(value);
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value;
  if (depth === 0) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => safeValue(item, depth - 1));
  return safeEntry(value as Record<string, unknown>, depth - 1);
}
