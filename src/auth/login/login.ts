import { deviceNameFault, FieldCheck } from '../accounts/account-fields';
import { loginKey } from '../accounts/names';
import { presentedPasswordFault } from '../accounts/password-policy';
import { printableText } from '../accounts/printable-text';
import { publicUser, type StoredUser, type User, type Users } from '../accounts/users';
import type { LoginDigests } from '../audit/login-digests';
import { recordEvent } from '../audit/record-event';
import { type Call, throwIfEnded } from '../call';
import { AuthError } from '../errors';
import { type EndSessionsDeps, endManySessions, endSession } from '../sessions/end-sessions';
import { type EndingSessionsWriter, endingIds } from '../sessions/ending-sessions';
import type { StoredSession } from '../sessions/stored-sessions';
import type { SurplusEnder } from '../sessions/surplus-ender';
import { type TokenPair, type TokenPairDeps, tokenPair } from '../sessions/token-pair';
import { type LoginSubject, type PasswordAttempt, type ProvePasswordDeps, provePassword } from './prove-password';

export interface LoginInput {
  /** A username or an email; space around it does not count. */
  readonly username: string;
  readonly password: string;
  readonly deviceName: string;
}

export interface SessionLimits {
  /** REFRESH_TOKEN_EXPIRE_DAYS, in ms. */
  readonly idleMs: number;
  /** SESSION_MAX_DAYS, in ms. */
  readonly absoluteMs: number;
  /** MAX_SESSIONS_PER_USER. */
  readonly perUser: number;
}

export interface LoginDeps extends EndSessionsDeps, TokenPairDeps, ProvePasswordDeps {
  readonly users: Users;
  readonly loginDigests: LoginDigests;
  readonly sessionLimits: SessionLimits;
  /** REQUIRE_VERIFIED_EMAIL. */
  readonly requireVerifiedEmail: boolean;
  readonly surplusEnder: Pick<SurplusEnder, 'add'>;
  readonly endingSessions: Pick<EndingSessionsWriter, 'resume'>;
}

/** A Login does not wait for more; there are more only after MAX_SESSIONS_PER_USER was lowered. */
const MOST_ENDED_AT_ONCE = 10;

/**
 * Opens a session. Unknown user, wrong password and inactive user are refused alike and after the same work.
 *
 * @throws AuthError INVALID_FIELDS, BAD_CREDENTIALS, RATE_LIMITED, OVERLOADED; EMAIL_UNVERIFIED, for the right password
 *   only
 */
export function login(deps: LoginDeps) {
  return async (input: LoginInput, call: Call): Promise<{ tokens: TokenPair; user: User }> => {
    new FieldCheck()
      .add('password', presentedPasswordFault(input.password))
      .add('device_name', deviceNameFault(input.deviceName))
      .done();
    // Keyboards and password managers add space; no name begins or ends with one.
    const name = input.username.trim();
    const found = await findByLogin(deps.users, name, call);
    const account = found?.id ?? loginKey(name);
    const subject = findSubject(deps, found, name);
    const { user, outdated } = await proveLogin(deps, found, { account, subject, password: input.password }, call);
    const { session, salt } = newSession(deps, user, input, call);
    // Before anything is written: a session whose tokens cannot be made would only be left behind.
    const tokens = tokenPair(deps, user, session, salt);
    throwIfEnded(call, deps.clock);
    await Promise.all([
      deps.sessions.insert(session, call),
      deps.loginFailures.succeed(account, call.source, deps.clock.now(), call),
    ]);
    await confirmSession(deps, user, session, call);
    if (outdated) await renewHash(deps, user, input.password, call);
    recordEvent(deps.events, call, 'login.succeeded', { userId: user.id, username: user.username });
    return { tokens, user: publicUser(user) };
  };
}

async function findByLogin(users: Users, name: string, call: Call): Promise<StoredUser | undefined> {
  if (name === '' || name.length > 254) return undefined;
  return name.includes('@') ? users.findByEmail(name, call) : users.findByUsername(name, call);
}

function findSubject({ loginDigests }: LoginDeps, user: StoredUser | undefined, name: string): LoginSubject {
  if (user === undefined) return { userId: '', username: '', loginDigest: loginDigests.digest(name) };
  return { userId: user.id, username: user.username, loginDigest: '' };
}

async function proveLogin(
  deps: LoginDeps,
  user: StoredUser | undefined,
  attempt: Omit<PasswordAttempt, 'passwordHash'>,
  call: Call,
): Promise<{ user: StoredUser; outdated: boolean }> {
  const proof = await provePassword(deps, { ...attempt, passwordHash: user?.passwordHash }, call);
  if (user?.active && proof.matches) {
    if (deps.requireVerifiedEmail && !user.emailVerified) await refuseUnverified(deps, attempt, call);
    return { user, outdated: proof.outdated };
  }
  const reason = user === undefined ? 'unknown_user' : proof.matches ? 'user_inactive' : 'wrong_password';
  recordEvent(deps.events, call, 'login.failed', { ...attempt.subject, reason });
  await proof.holdRefusal();
  throw new AuthError('BAD_CREDENTIALS');
}

/** The password was right: this is no failed guess. */
async function refuseUnverified(
  deps: LoginDeps,
  { account, subject }: Pick<PasswordAttempt, 'account' | 'subject'>,
  call: Call,
): Promise<never> {
  await deps.loginFailures.release(account, call.source, deps.clock.now(), call);
  recordEvent(deps.events, call, 'login.failed', { ...subject, reason: 'email_unverified' });
  throw new AuthError('EMAIL_UNVERIFIED', { userId: subject.userId });
}

function newSession(
  deps: LoginDeps,
  user: StoredUser,
  input: LoginInput,
  call: Call,
): { session: StoredSession; salt: string } {
  const { refreshTokens, sessionLimits, clock, ids } = deps;
  const salt = refreshTokens.newSalt();
  const now = clock.now();
  const session: StoredSession = {
    id: ids.next(),
    userId: user.id,
    epoch: user.sessionEpoch,
    generation: 0,
    saltHash: refreshTokens.hashSalt(salt),
    refreshKeyId: refreshTokens.currentKeyId,
    rotatedAt: [],
    deviceName: printableText(input.deviceName),
    userAgent: call.userAgent,
    ipAddress: call.ipAddress,
    createdAt: new Date(now),
    lastUsedAt: new Date(now),
    expiresAt: new Date(now + Math.min(sessionLimits.idleMs, sessionLimits.absoluteMs)),
    limitAt: new Date(now + sessionLimits.absoluteMs),
    endedAt: null,
    endReason: null,
  };
  return { session, salt };
}

/**
 * The user may have been disabled, deleted or given a new password since it was read: that call has either ended
 * this session, or had written the user before the session was inserted, and then the second look sees it. Also ends
 * the oldest sessions over the limit: a few at once, many behind the call's back.
 */
async function confirmSession(deps: LoginDeps, user: StoredUser, session: StoredSession, call: Call): Promise<void> {
  const keep = Math.max(deps.sessionLimits.perUser - 1, 0);
  const [current, surplus] = await Promise.all([
    deps.users.findById(user.id, call),
    deps.sessions.surplus(
      user.id,
      { exceptId: session.id, keep, atMost: MOST_ENDED_AT_ONCE + 1 },
      new Date(deps.clock.now()),
      call,
    ),
  ]);
  if (current === undefined || !current.active || current.sessionEpoch !== session.epoch) {
    await endSession(deps, session.id, { reason: 'revoked' }, call);
    recordEvent(deps.events, call, 'login.failed', {
      userId: user.id,
      username: user.username,
      reason: 'user_changed',
    });
    throw new AuthError('BAD_CREDENTIALS');
  }
  deps.endingSessions.resume(current);
  // Those that have ended count among them while their rows do not say so: then the next Login ends what is too many.
  if (endingIds(current).size > 0) return;
  if (surplus.length > MOST_ENDED_AT_ONCE) deps.surplusEnder.add(user.id);
  else if (surplus.length > 0) await endManySessions(deps, user.id, surplus, { reason: 'too_many_sessions' }, call);
}

/** A hash under old parameters is replaced while the password is at hand; a login does not fail for it. */
async function renewHash(deps: LoginDeps, user: StoredUser, password: string, call: Call): Promise<void> {
  try {
    const to = await deps.hasher.hash(password, call);
    await deps.users.replacePasswordHash(user.id, { from: user.passwordHash, to, voidSessions: false }, call);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
  }
}
