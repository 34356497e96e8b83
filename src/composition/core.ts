import type { Logger } from 'pino';
import type { Clock } from '../auth/clock';
import { composeMail } from '../auth/mail/compose-mail';
import { Revocations } from '../auth/revocation/revocations';
import { SurplusEnder } from '../auth/sessions/surplus-ender';
import { wireUseCases } from '../auth/use-cases';
import type { Config } from '../config/config';
import { createAccountTokenTexts } from '../crypto/account-tokens/account-token-texts';
import { createLoginDigests } from '../crypto/audit/login-digests';
import { createRowDigests } from '../crypto/import/row-digests';
import { createKeyring } from '../crypto/keys/create-keyring';
import { createCommonPasswords } from '../crypto/passwords/common-passwords';
import { StoredRecipes } from '../crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../crypto/passwords/imported-hashes';
import { createPasswordHasher } from '../crypto/passwords/password-hasher';
import { createAccessTokens } from '../crypto/tokens/access-tokens';
import { createRefreshTokens } from '../crypto/tokens/refresh-tokens';
import { AuditTrail } from '../observability/audit-trail';
import type { Metrics } from '../observability/metrics';
import type { Tracing } from '../observability/tracing/tracing';
import { openStore } from '../store/open-store';
import type { StoreOptions } from '../store/store';
import { type Rate, SourceLimiter } from '../transport/limits/source-limiter';
import type { Closers } from './closers';
import { createIds } from './ids';
import { openApiKeys } from './open-api-keys';
import { ownCall } from './own-call';
import { revocationWindowMs } from './revocation-window';

/** Per account from all sources together; NIST SP 800-63B-4 section 3.2.2 allows at most 100. */
const FAILURES_PER_ACCOUNT = 100;
/** How long a signing key is published before it signs; the key ring is read again four times as often. */
const KEY_PROPAGATION_MS = 60_000;
/** The share of REQUEST_TIMEOUT_SECONDS that a refused login is held at most: it is to be answered. */
const LONGEST_HOLD = 0.8;
/**
 * Audited `role.denied` of one user, and `api_key.refused`. A gateway asks on every request, so anybody with an account
 * could otherwise fill the disk with refusals, and drive out what others did. What repeats one is counted beyond it.
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
  const { tokens, passwords, limits } = config;
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
  const recipes = new StoredRecipes(config.secrets);
  const newOwnCall = () => ownCall(clock, config.requestTimeoutMs, ids.next());
  const hasher = createPasswordHasher(
    {
      recipes,
      refusals: {
        listDearest: () => store.users.listDearestImported(newOwnCall()),
        longestMs: config.requestTimeoutMs * LONGEST_HOLD,
      },
      ...passwords.argon2,
      concurrency: passwords.hashConcurrency,
      queue: passwords.hashQueue,
      eventLoops: config.workers,
    },
    clock,
    tracing?.hashing,
  );
  closers.push('password hasher', () => hasher.close());
  const events = new AuditTrail(
    store.auditLog,
    log,
    clock,
    ids,
    new SourceLimiter(REFUSALS_OF_USER, clock),
    metrics?.onEvent,
  );
  closers.push('audit trail', () => events.close());
  const keyring = createKeyring({
    algorithm: tokens.algorithm,
    secrets: config.secrets,
    signingKeys: store.signingKeys,
    clock,
    accessTtlMs: tokens.accessTtlMs,
    rotationMs: tokens.keyRotationMs,
    propagationMs: keyPropagationMs,
    leadMs: tokens.keyLeadMs,
    ownCall: newOwnCall,
    onProblem,
  });
  const accessTokens = createAccessTokens({
    keyring,
    clock,
    issuer: tokens.issuer,
    audience: tokens.audience,
    clientId: tokens.clientId,
    type: tokens.type,
    accessTtlMs: tokens.accessTtlMs,
  });
  const revocations = new Revocations(store.revocationFeed, clock, {
    windowMs,
    stalenessMs: config.revocationStalenessMs,
  });
  const {
    keepUp,
    writeUses: _writeUses,
    ...apiKeys
  } = openApiKeys({
    apiKeys: store.apiKeys,
    revocations,
    events,
    clock,
    ownCall: newOwnCall,
    onProblem,
  });
  const accountTokenTexts = createAccountTokenTexts(config.secrets);
  const surplusEnder = new SurplusEnder(
    { sessions: store.sessions, revocations, events, clock, ids },
    { perUser: tokens.maxSessionsPerUser, ownCall: newOwnCall, onProblem },
  );
  closers.push('surplus sessions', () => surplusEnder.close());
  const loginLimits = {
    perSource: limits.loginMaxFailures,
    perAccount: FAILURES_PER_ACCOUNT,
    windowSeconds: limits.loginWindowSeconds,
  };
  const useCases = wireUseCases({
    ...apiKeys,
    surplusEnder,
    apiKeys: store.apiKeys,
    accountTokens: store.accountTokens,
    accountTokenTexts,
    mailOutbox: store.mailOutbox,
    mailLimits: store.mailLimits,
    mailIsOn: config.mail !== undefined,
    requireVerifiedEmail: config.requireVerifiedEmail,
    users: store.users,
    sessions: store.sessions,
    loginFailures: store.loginFailures,
    auditLog: store.auditLog,
    keyring,
    hasher,
    importedHashes: createImportedHashes({ hasher, recipes, clock }),
    rowDigests: createRowDigests(),
    accessTokens,
    refreshTokens: createRefreshTokens(config.secrets),
    loginDigests: createLoginDigests(config.secrets),
    revocations,
    events,
    clock,
    ids,
    knownRoles: config.roles,
    adminClients: config.adminClients,
    graceMs: tokens.refreshGraceMs,
    passwordPolicy: { minLength: passwords.minLength, commonPasswords: createCommonPasswords() },
    loginLimits,
    sessionLimits: {
      idleMs: tokens.refreshTtlMs,
      absoluteMs: tokens.sessionMaxMs,
      perUser: tokens.maxSessionsPerUser,
    },
  });
  return {
    store,
    hasher,
    events,
    keyring,
    accessTokens,
    surplusEnder,
    loginLimits,
    verifyApiKey: apiKeys.verifyApiKey,
    keepApiKeysUp: () => keepUp(closers),
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
        ownCall: newOwnCall,
      }),
    ownCall: newOwnCall,
    keyPropagationMs,
  };
}

export type Core = Awaited<ReturnType<typeof openCore>>;
