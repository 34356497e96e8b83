import type { User } from '../../auth/accounts/users';
import type { ApiKey, NewApiKey } from '../../auth/api-keys/api-key';
import { AuthError, type Reason } from '../../auth/errors';
import type { RoleHeld } from '../../auth/roles/check-role';
import type { Session } from '../../auth/sessions/sessions';
import type { TokenPair } from '../../auth/sessions/token-pair';
import type { BatchResult } from '../../auth/tokens/batch-validate';
import { type Anonymous, isAnonymous, type Principal } from '../../auth/tokens/principal';
import type * as wire from '../../gen/postern/auth/v1/auth_service';
import { UserKind } from '../../gen/postern/auth/v1/auth_service';
import { STATUSES } from '../errors/status';

const KINDS: Readonly<Record<User['kind'], UserKind>> = {
  person: UserKind.USER_KIND_PERSON,
  service: UserKind.USER_KIND_SERVICE,
};

export function apiKeyMessage(key: ApiKey): wire.ApiKey {
  const { id, userId, name, prefix, roles, allowedCidrs, createdAt, expiresAt, lastUsedAt, revokedAt } = key;
  return {
    id,
    userId,
    name,
    prefix,
    roles: [...roles],
    allowedCidrs: [...allowedCidrs],
    createdAt,
    expiresAt,
    lastUsedAt: lastUsedAt ?? undefined,
    revokedAt: revokedAt ?? undefined,
  };
}

export function newApiKeyMessage({ apiKey, key }: NewApiKey): wire.CreateMyApiKeyResponse {
  return { apiKey, key: apiKeyMessage(key) };
}

export function userMessage(user: User): wire.User {
  const { id, email, username, active, roles, createdAt, emailVerified, kind, externalId } = user;
  return { id, email, username, active, roles: [...roles], createdAt, emailVerified, kind: KINDS[kind], externalId };
}

export function tokenPairMessage(tokens: TokenPair): wire.TokenPair {
  return { ...tokens, tokenType: 'Bearer' };
}

export function sessionMessage(session: Session): wire.Session {
  const { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, current } = session;
  return { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, current };
}

/** The answers about one principal, each kept from its first use. */
class Answers {
  validate: wire.ValidateResponse | undefined = undefined;
  checkRole: wire.CheckRoleResponse | undefined = undefined;
  batch: wire.BatchValidateResult | undefined = undefined;
}

/**
 * The cache of verified tokens brings the same principal again and again; so these come again, and `withCachedEncoding`
 * keeps their bytes.
 */
const answers = new WeakMap<Principal, Answers>();

function findAnswers(who: Principal): Answers {
  let found = answers.get(who);
  if (found === undefined) {
    found = new Answers();
    answers.set(who, found);
  }
  return found;
}

/** The answer about a principal, the same object for the same principal. */
export function validateMessage(who: Principal | Anonymous): wire.ValidateResponse {
  if (isAnonymous(who)) return { principal: { ...ANONYMOUS, anonymousReason: who.anonymousReason } };
  const kept = findAnswers(who);
  kept.validate ??= new Validated(who);
  return kept.validate;
}

/** Its principal is made when it is encoded, twice at most: kept, it would take as much memory as the token. */
class Validated implements wire.ValidateResponse {
  readonly #who: Principal;

  constructor(who: Principal) {
    this.#who = who;
  }

  get principal(): wire.Principal {
    return principalMessage(this.#who);
  }
}

/** The answer about a principal and the role that was found; the same object as long as the same role is asked for. */
export function checkRoleMessage({ principal: who, matchedRole }: RoleHeld): wire.CheckRoleResponse {
  const kept = findAnswers(who);
  if (kept.checkRole?.matchedRole !== matchedRole) kept.checkRole = { principal: principalMessage(who), matchedRole };
  return kept.checkRole;
}

function principalMessage(who: Principal): wire.Principal {
  return {
    userId: who.userId,
    username: who.username,
    roles: who.roles as string[],
    sessionId: who.sessionId,
    issuedAt: new Date(who.issuedAt * 1000),
    expiresAt: new Date(who.expiresAt * 1000),
    anonymous: false,
    anonymousReason: '',
    kind: KINDS[who.kind],
    apiKeyId: who.apiKeyId,
  };
}

const refused = new Map<Reason, wire.BatchValidateResult>();

export function batchMessage(results: readonly BatchResult[]): wire.BatchValidateResponse {
  return { results: results.map(batchResultMessage) };
}

/** What became of one token; the same object for the same principal and for the same reason. */
export function batchResultMessage(result: BatchResult): wire.BatchValidateResult {
  if (result instanceof AuthError) return refusedMessage(result.reason);
  const kept = findAnswers(result);
  kept.batch ??= { outcome: { $case: 'principal', principal: principalMessage(result) } };
  return kept.batch;
}

function refusedMessage(reason: Reason): wire.BatchValidateResult {
  let message = refused.get(reason);
  if (message === undefined) {
    message = { outcome: { $case: 'error', error: { ...STATUSES[reason], reason } } };
    refused.set(reason, message);
  }
  return message;
}

const ANONYMOUS: wire.Principal = {
  userId: '',
  username: '',
  roles: [],
  sessionId: '',
  issuedAt: undefined,
  expiresAt: undefined,
  anonymous: true,
  anonymousReason: '',
  kind: UserKind.USER_KIND_UNSPECIFIED,
  apiKeyId: '',
};
