import type { Logger } from 'pino';
import type { Clock } from '../auth/clock';
import { createInternalCall } from '../auth/internal-call';
import { composeMail } from '../auth/outgoing-mail/compose-mail';
import { Revocations } from '../auth/revocation/revocations';
import { EndingSessionsWriter } from '../auth/sessions/ending-sessions';
import { SurplusEnder } from '../auth/sessions/surplus-ender';
import { wireUseCases } from '../auth/use-cases';
import type { Config } from '../config/config';
import { createAccountTokenTexts } from '../crypto/account-tokens/account-token-texts';
import { createLoginDigests } from '../crypto/audit/login-digests';
import { createIds } from '../crypto/ids/ids';
import { AuditTrail } from '../observability/audit-trail';
import type { Metrics } from '../observability/metrics';
import type { Tracing } from '../observability/tracing/tracing';
import { openStore } from '../store/open-store';
import type { StoreOptions } from '../store/store';
import { limitKey } from '../transport/limits/source-address';
import { type Rate, SourceLimiter } from '../transport/limits/source-limiter';
import type { Closers } from './closers';
import { createTokens } from './create-tokens';
import { openApiKeys } from './open-api-keys';
import { openPasswords } from './open-passwords';
import { revocationWindowMs } from './revocation-window';

/** Per account from all sources together; NIST SP 800-63B-4 section 3.2.2 allows at most 100. */
const FAILURES_PER_ACCOUNT = 100;
/** How long a signing key is published before it signs; the key ring is read again four times as often. */
const KEY_PROPAGATION_MS = 60_000;
/**
 * Audited `role.denied` of one user, and `api_key.refused`. A gateway asks on every request, so one user could
 * otherwise fill the disk with refusals, and drive out what others did. What repeats one is counted beyond it.
 */
export const REFUSALS_OF_USER: Rate = { burst: 60, intervalMs: 1_000 };

export interface CoreOptions {
  readonly openedBy: StoreOptions['openedBy'];
  readonly mustExist?: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onFatal: (cause: unknown) => void;
  /** Where it is counted what happens; the command line counts nothing. */
  readonly metrics?: Pick<Metrics, 'timed' | 'onEvent'> | undefined;
  readonly tracing?: Pick<Tracing, 'store' | 'hashing'> | undefined;
  /** KEY_PROPAGATION_MS unless given. */
  readonly keyPropagationMs?: number | undefined;
}

/** Everything behind the transports: the store, the keys and the use cases. What is opened is pushed to `closers`. */
export async function openCore(config: Config, options: CoreOptions, closers: Closers) {
  const {
    clock,
    log,
    openedBy,
    mustExist = false,
    onFatal,
    metrics,
    tracing,
    keyPropagationMs = KEY_PROPAGATION_MS,
  } = options;
  const { tokens, limits } = config;
  const ids = createIds();
  const windowMs = revocationWindowMs(config);
  const onProblem = (problem: string, cause: unknown): void => log.warn({ err: cause }, problem);
  const opened = await openStore(config.database, {
    openedBy,
    mustExist,
    clock,
    revocationWindowMs: windowMs,
    auditRetentionMs: config.auditRetentionMs,
    onProblem,
    onFatal,
  });
  closers.push('store', () => opened.close());
  const timed = metrics?.timed(opened) ?? opened;
  const store = tracing?.store(timed) ?? timed;
  const internalCall = () => createInternalCall(clock, config.requestTimeoutMs, ids.next());
  const passwords = openPasswords(
    config,
    { users: store.users, clock, internalCall, hashing: tracing?.hashing },
    closers,
  );
  const events = new AuditTrail(
    store.auditLog,
    log,
    clock,
    ids,
    new SourceLimiter(REFUSALS_OF_USER, clock),
    limitKey,
    metrics?.onEvent,
  );
  closers.push('audit trail', () => events.close());
  const tokenPorts = createTokens(config, {
    signingKeys: store.signingKeys,
    clock,
    keyPropagationMs,
    internalCall,
    onProblem,
  });
  const revocations = new Revocations(store.revocationFeed, clock, {
    windowMs,
    maxStalenessMs: config.revocationStalenessMs,
  });
  const {
    startMaintenance,
    maintain: _maintain,
    ...apiKeys
  } = openApiKeys({
    apiKeys: store.apiKeys,
    revocations,
    events,
    clock,
    internalCall,
    onProblem,
  });
  const accountTokenTexts = createAccountTokenTexts(config.secrets);
  const { users, sessions } = store;
  const endingSessions = new EndingSessionsWriter({ users, sessions, clock, internalCall, onProblem });
  closers.push('ending sessions', () => endingSessions.close());
  const surplusEnder = new SurplusEnder(
    { users, sessions, revocations, events, clock, ids },
    { perUser: tokens.maxSessionsPerUser, internalCall, onProblem },
  );
  closers.push('surplus sessions', () => surplusEnder.close());
  const loginLimits = {
    perSource: limits.loginMaxFailures,
    perAccount: FAILURES_PER_ACCOUNT,
    windowSeconds: limits.loginWindowSeconds,
  };
  const useCases = wireUseCases({
    ...passwords,
    ...tokenPorts,
    ...apiKeys,
    surplusEnder,
    endingSessions,
    apiKeys: store.apiKeys,
    accountTokens: store.accountTokens,
    accountTokenTexts,
    mailOutbox: store.mailOutbox,
    mailLimits: store.mailLimits,
    mailIsOn: config.mail !== undefined,
    requireVerifiedEmail: config.requireVerifiedEmail,
    users,
    sessions,
    loginFailures: store.loginFailures,
    auditLog: store.auditLog,
    loginDigests: createLoginDigests(config.secrets),
    revocations,
    events,
    clock,
    ids,
    knownRoles: config.roles,
    adminClients: config.adminClients,
    graceMs: tokens.refreshGraceMs,
    loginLimits,
    sessionLimits: {
      idleMs: tokens.refreshTtlMs,
      absoluteMs: tokens.sessionMaxMs,
      perUser: tokens.maxSessionsPerUser,
    },
  });
  return {
    store,
    hasher: passwords.hasher,
    events,
    keyring: tokenPorts.keyring,
    accessTokens: tokenPorts.accessTokens,
    surplusEnder,
    endingSessions,
    loginLimits,
    verifyApiKey: apiKeys.verifyApiKey,
    startApiKeyMaintenance: () => startMaintenance(closers),
    revocations,
    useCases,
    /** Undefined where mail is off. */
    composeMail:
      config.mail &&
      composeMail({
        users: store.users,
        accountTokens: store.accountTokens,
        mailLimits: store.mailLimits,
        accountTokenTexts,
        accountLinks: { reset: config.mail.resetUrl, verify: config.mail.verifyUrl },
        events,
        clock,
        internalCall,
      }),
    internalCall,
    keyPropagationMs,
    onProblem,
  };
}

export type Core = Awaited<ReturnType<typeof openCore>>;
