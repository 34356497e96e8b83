import type { User } from '../../auth/accounts/users';
import { AuthError, type Reason } from '../../auth/errors';
import type { Session } from '../../auth/sessions/sessions';
import type { TokenPair } from '../../auth/sessions/token-pair';
import type { BatchResult } from '../../auth/tokens/batch-validate';
import { type Anonymous, isAnonymous, type Principal } from '../../auth/tokens/principal';
import type * as wire from '../../gen/postern/auth/v1/auth_service';
import { STATUSES } from '../errors/status';

export function userMessage(user: User): wire.User {
  const { id, email, username, active, roles, createdAt, emailVerified } = user;
  return { id, email, username, active, roles: [...roles], createdAt, emailVerified };
}

export function tokenPairMessage(tokens: TokenPair): wire.TokenPair {
  return { ...tokens, tokenType: 'Bearer' };
}

export function sessionMessage(session: Session): wire.Session {
  const { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, current } = session;
  return { id, deviceName, userAgent, ipAddress, createdAt, lastUsedAt, expiresAt, current };
}

/**
 * The verified-token cache brings the same principal again and again; so does this, and `unaryMethod` keeps its bytes.
 */
const validated = new WeakMap<Principal, wire.ValidateResponse>();

/** The answer about a principal, the same object for the same principal. */
export function validateMessage(who: Principal | Anonymous): wire.ValidateResponse {
  if (isAnonymous(who)) return { principal: { ...NOBODY, anonymousReason: who.anonymousReason } };
  let message = validated.get(who);
  if (message === undefined) {
    message = new Validated(who);
    validated.set(who, message);
  }
  return message;
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

const roleChecked = new WeakMap<Principal, wire.CheckRoleResponse>();

/** The answer about a principal and the role that was found; the same object as long as the same role is asked for. */
export function checkRoleMessage(who: Principal, matchedRole: string): wire.CheckRoleResponse {
  const known = roleChecked.get(who);
  if (known?.matchedRole === matchedRole) return known;
  const message = { principal: principalMessage(who), matchedRole };
  roleChecked.set(who, message);
  return message;
}

export function principalMessage(who: Principal): wire.Principal {
  return {
    userId: who.userId,
    username: who.username,
    roles: who.roles as string[],
    sessionId: who.sessionId,
    issuedAt: new Date(who.issuedAt * 1000),
    expiresAt: new Date(who.expiresAt * 1000),
    anonymous: false,
    anonymousReason: '',
  };
}

const batched = new WeakMap<Principal, wire.BatchValidateResult>();
const refused = new Map<Reason, wire.BatchValidateResult>();

/** What became of one token; the same object for the same principal and for the same reason. */
export function batchResultMessage(result: BatchResult): wire.BatchValidateResult {
  if (result instanceof AuthError) return refusedMessage(result.reason);
  let message = batched.get(result);
  if (message === undefined) {
    message = { outcome: { $case: 'principal', principal: principalMessage(result) } };
    batched.set(result, message);
  }
  return message;
}

function refusedMessage(reason: Reason): wire.BatchValidateResult {
  let message = refused.get(reason);
  if (message === undefined) {
    message = { outcome: { $case: 'error', error: { ...STATUSES[reason], reason } } };
    refused.set(reason, message);
  }
  return message;
}

const NOBODY: wire.Principal = {
  userId: '',
  username: '',
  roles: [],
  sessionId: '',
  issuedAt: undefined,
  expiresAt: undefined,
  anonymous: true,
  anonymousReason: '',
};
