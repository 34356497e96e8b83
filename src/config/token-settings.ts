import { count, duration, oneOf, words } from './parse';
import { Setting, setting } from './setting';

const ONE_SECOND_IN_MINUTES = 1 / 60;
export const ONE_SECOND_IN_DAYS = 1 / 86_400;
export const TEN_YEARS_IN_DAYS = 3_650;

/** Access tokens, the sessions behind refresh tokens, and the keys that sign. */
export const TOKEN_SETTINGS = {
  accessTtlMs: setting(
    'ACCESS_TOKEN_EXPIRE_MINUTES',
    '30',
    duration('minutes', { min: ONE_SECOND_IN_MINUTES, max: 10_080 }),
    'How long an access token is good, in minutes; one second to 10080',
  ),
  refreshTtlMs: setting(
    'REFRESH_TOKEN_EXPIRE_DAYS',
    '7',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS_IN_DAYS }),
    'A session that is not refreshed for so long ends, in days; up to 3650',
  ),
  sessionMaxMs: setting(
    'SESSION_MAX_DAYS',
    '30',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS_IN_DAYS }),
    'A session ends after so long however often it is refreshed, in days; up to 3650',
  ),
  refreshGraceMs: setting(
    'REFRESH_GRACE_SECONDS',
    '10',
    duration('seconds', { min: 0, max: 60 }),
    'A used refresh token presented again within this time gets the same successor; 0 to 60, 0 turns the grace off',
  ),
  maxSessionsPerUser: setting(
    'MAX_SESSIONS_PER_USER',
    '20',
    count({ min: 1, max: 1_000 }),
    'Beyond it the oldest session ends; 1 to 1000',
  ),
  algorithm: setting(
    'JWT_ALGORITHM',
    'HS256',
    oneOf('HS256', 'ES256', 'RS256'),
    '`HS256`, `ES256` or `RS256`; RS256 needs the fewest settings of verifiers, see verifiers.md',
  ),
  issuer: setting(
    'JWT_ISSUER',
    'postern',
    words,
    'Claim `iss` of access tokens; verifiers that discover keys need the URL of the HTTP port, see verifiers.md',
  ),
  audience: setting('JWT_AUDIENCE', 'postern', words, 'Claim `aud` of access tokens'),
  clientId: new Setting<string | undefined>(
    'JWT_CLIENT_ID',
    words,
    'JWT_AUDIENCE',
    () => undefined,
    'Claim `client_id` of access tokens (RFC 9068 section 2.2)',
  ),
  type: setting(
    'JWT_TYP',
    'at+jwt',
    oneOf('at+jwt', 'JWT'),
    'Header `typ` of access tokens: `at+jwt` (RFC 9068), or `JWT` for verifiers that take nothing else; with `JWT` both are accepted; see verifiers.md',
  ),
  keyRotationMs: setting(
    'KEY_ROTATION_DAYS',
    '90',
    duration('days', { min: ONE_SECOND_IN_DAYS, max: TEN_YEARS_IN_DAYS }),
    'A new signing key (ES256, RS256) after so many days; up to 3650',
  ),
  keyLeadMs: setting(
    'KEY_LEAD_HOURS',
    '24',
    duration('hours', { min: 0, max: 720 }),
    'How long a key that the schedule makes is published before it signs, in hours; a minute to 720, and never longer than half of KEY_ROTATION_DAYS',
  ),
} as const;
