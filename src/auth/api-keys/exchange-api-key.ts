import { FieldCheck } from '../accounts/account-fields';
import type { Events } from '../audit/events';
import { recordEvent } from '../audit/record-event';
import type { Call } from '../call';
import type { Clock } from '../clock';
import { AuthError } from '../errors';
import type { AccessTokens } from '../tokens/access-tokens';
import { isApiKeyText } from './api-key-texts';
import type { VerifyApiKey } from './verify-api-key';

export interface ExchangeApiKeyInput {
  readonly apiKey: string;
  /** Of those in force for the key; empty: all of them. */
  readonly roles: readonly string[];
  /** 60 to 900; 0: 900. */
  readonly ttlSeconds: number;
}

export interface ExchangedToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  /** Whose key it was; for the log line. */
  readonly userId: string;
}

const MIN_TTL_SECONDS = 60;
const MAX_TTL_SECONDS = 900;

/**
 * An access token instead of a key, for services that verify tokens themselves: its `sid` is the key's id, so it
 * ends with the key. Never lives longer than the key, nor than ACCESS_TOKEN_EXPIRE_MINUTES.
 *
 * @throws AuthError INVALID_FIELDS, ROLE_MISSING for a role that is not in force, and as `authenticate`
 */
export function exchangeApiKey(deps: {
  readonly verifyApiKey: VerifyApiKey;
  readonly accessTokens: AccessTokens;
  readonly events: Events;
  readonly clock: Clock;
}) {
  return async ({ apiKey, roles, ttlSeconds }: ExchangeApiKeyInput, call: Call): Promise<ExchangedToken> => {
    const isTtl = ttlSeconds === 0 || (ttlSeconds >= MIN_TTL_SECONDS && ttlSeconds <= MAX_TTL_SECONDS);
    const fault = `Must be ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}, or 0`;
    new FieldCheck().add('ttl_seconds', isTtl ? undefined : fault).done();
    if (!isApiKeyText(apiKey)) {
      throw new AuthError('INVALID_TOKEN', { fault: apiKey === '' ? 'no_api_key' : 'api_key_shape' });
    }
    const principal = await deps.verifyApiKey(apiKey, call);
    if (!roles.every((role) => principal.roles.includes(role))) {
      recordEvent(deps.events, call, 'role.denied', { userId: principal.userId, username: principal.username });
      throw new AuthError('ROLE_MISSING');
    }
    const { userId, username, sessionId, kind } = principal;
    const inForce = roles.length === 0 ? principal.roles : [...new Set(roles)];
    const notAfter = deps.clock.now() + (ttlSeconds || MAX_TTL_SECONDS) * 1000;
    const { token, claims } = deps.accessTokens.issue(
      { userId, username, roles: inForce, sessionId, kind },
      Math.min(notAfter, principal.expiresAt * 1000),
    );
    return { accessToken: token, expiresIn: claims.expiresAt - claims.issuedAt, userId };
  };
}
