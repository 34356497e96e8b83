const SECRET_KEYS = [
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
];

/** Paths of pino's redaction: these keys at the top and one level down. */
export const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`]);

const SECRETS: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\$argon2\w*\$\S+/g, '[hash]'],
  [/\b(Bearer|Basic)\s+\S+/gi, '$1 [redacted]'],
  [/(\w+:\/\/)[^\s/@]*@/g, '$1'],
];

/** What looks like a token, a hash or a credential in somebody else's text is taken out. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text);
}

const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu;
const HAS_CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** Control characters, among them the escape that begins a terminal's sequences, and what some viewers break lines at. */
export function withoutControl(text: string): string {
  return HAS_CONTROL.test(text) ? text.replace(CONTROLS, '\uFFFD') : text;
}

/** The same for every text at the top of a log object; copied only when there is something to take out. */
export function withoutControls(entry: Record<string, unknown>): Record<string, unknown> {
  let clean = entry;
  for (const key in entry) {
    const value = entry[key];
    if (typeof value !== 'string' || !HAS_CONTROL.test(value)) continue;
    if (clean === entry) clean = { ...entry };
    clean[key] = withoutControl(value);
  }
  return clean;
}
