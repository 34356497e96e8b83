import { createSecretKey } from 'node:crypto';
import type { ReportedEvent } from '../../../src/auth/audit/audit-event';
import type { Events } from '../../../src/auth/audit/events';
import type { Call } from '../../../src/auth/call';
import { systemClock } from '../../../src/auth/clock';
import { composeMail } from '../../../src/auth/outgoing-mail/compose-mail';
import type { ComposedMail } from '../../../src/auth/outgoing-mail/composed-mail';
import { Revocations } from '../../../src/auth/revocation/revocations';
import { EndingSessionsWriter } from '../../../src/auth/sessions/ending-sessions';
import { SurplusEnder } from '../../../src/auth/sessions/surplus-ender';
import type { Principal } from '../../../src/auth/tokens/principal';
import { type UseCaseDeps, wireUseCases } from '../../../src/auth/use-cases';
import { openApiKeys } from '../../../src/composition/open-api-keys';
import { createAccountTokenTexts } from '../../../src/crypto/account-tokens/account-token-texts';
import { createLoginDigests } from '../../../src/crypto/audit/login-digests';
import { createIds } from '../../../src/crypto/ids/ids';
import { createRowDigests } from '../../../src/crypto/import/row-digests';
import { createKeyring } from '../../../src/crypto/keys/create-keyring';
import { commonPasswords } from '../../../src/crypto/passwords/common-passwords';
import { StoredRecipes } from '../../../src/crypto/passwords/imported/stored-recipes';
import { createImportedHashes } from '../../../src/crypto/passwords/imported-hashes';
import { createPasswordHasher } from '../../../src/crypto/passwords/password-hasher';
import { createAccessTokens } from '../../../src/crypto/tokens/access-tokens';
import { createRefreshTokens } from '../../../src/crypto/tokens/refresh-tokens';
import { openFreshEmbedded } from '../embedded/embedded';
import { testCall } from './call';
import type { TestClock } from './clock';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const PASSWORD = 'correct horse battery staple';

/** The use cases over the real embedded store and real keys, with a clock that the test moves and cheap hashes. */
export async function openDomain(overrides: Partial<UseCaseDeps> = {}) {
  const opened = await openFreshEmbedded();
  const { store } = opened;
  const clock = opened.clock as TestClock;
  const secrets = {
    current: createSecretKey('a secret for tests, not for anything else', 'utf8'),
    previous: undefined,
  };
  const keyring = createKeyring({
    algorithm: 'HS256',
    secrets,
    signingKeys: store.signingKeys,
    clock,
    accessTtlMs: 30 * MINUTE_MS,
    rotationMs: 90 * DAY_MS,
    propagationMs: MINUTE_MS,
    internalCall: () => testCall(),
    onProblem: () => {},
  });
  const accessTokens = createAccessTokens({
    keyring,
    clock,
    issuer: 'postern',
    audience: 'postern',
    accessTtlMs: 30 * MINUTE_MS,
  });
  const recipes = new StoredRecipes(secrets);
  const hasher = createPasswordHasher(
    { recipes, memoryKib: 8, time: 1, parallelism: 1, concurrency: 2, queue: 512, eventLoops: 1 },
    systemClock,
  );
  const revocations = new Revocations(store.revocationFeed, clock, {
    windowMs: 40 * MINUTE_MS,
    maxStalenessMs: 30_000,
  });
  revocations.onFresh(Number.MAX_SAFE_INTEGER);
  const events: ReportedEvent[] = [];
  const recorder: Events = { record: (event) => events.push(event), flush: async () => {} };
  const {
    startMaintenance: _startMaintenance,
    maintain: maintainApiKeys,
    ...apiKeys
  } = openApiKeys({
    apiKeys: store.apiKeys,
    revocations,
    events: recorder,
    clock,
    internalCall: () => testCall({ arrivedAt: clock.now() }),
    onProblem: (problem, cause) => {
      throw new Error(problem, { cause });
    },
    ...overrides,
  });
  const internalCall = () => testCall({ arrivedAt: clock.now() });
  const { users, sessions } = store;
  const problems: string[] = [];
  const endingSessions = new EndingSessionsWriter({
    users,
    sessions,
    clock,
    internalCall,
    onProblem: (problem) => problems.push(problem),
    keptMs: 500,
  });
  const surplusEnder = new SurplusEnder(
    { users, sessions, revocations, events: recorder, clock, ids: createIds() },
    {
      perUser: 20,
      internalCall,
      onProblem: (problem, cause) => {
        throw new Error(problem, { cause });
      },
    },
  );
  const deps: UseCaseDeps = {
    surplusEnder,
    endingSessions,
    users,
    sessions,
    loginFailures: store.loginFailures,
    auditLog: store.auditLog,
    keyring,
    hasher,
    importedHashes: createImportedHashes({ hasher, recipes, clock }),
    rowDigests: createRowDigests(),
    accessTokens,
    refreshTokens: createRefreshTokens(secrets),
    loginDigests: createLoginDigests(secrets),
    revocations,
    events: recorder,
    ...apiKeys,
    apiKeys: store.apiKeys,
    accountTokens: store.accountTokens,
    accountTokenTexts: createAccountTokenTexts(secrets),
    mailOutbox: store.mailOutbox,
    mailLimits: store.mailLimits,
    mailIsOn: false,
    requireVerifiedEmail: false,
    clock,
    ids: createIds(),
    knownRoles: ['user', 'moderator', 'admin', 'service'],
    adminClients: ['ops.example.org'],
    graceMs: 10_000,
    passwordPolicy: { minLength: 8, commonPasswords },
    loginLimits: { perSource: 10, perAccount: 100, windowSeconds: 900 },
    sessionLimits: { idleMs: 7 * DAY_MS, absoluteMs: 30 * DAY_MS, perUser: 20 },
    ...overrides,
  };
  const { auth, admin } = wireUseCases(deps);
  const compose = composeMail({
    ...deps,
    mailLimits: store.mailLimits,
    accountLinks: {
      reset: 'https://app.example.com/reset?t={token}',
      verify: 'https://app.example.com/verify#{token}',
    },
    internalCall: () => call(),
  });
  /** A call that arrives now by the test's clock. */
  const call = (more: Parameters<typeof testCall>[0] = {}) =>
    testCall({ arrivedAt: clock.now(), deadline: clock.monotonic() + 10_000, ...more });
  let names = 0;
  return {
    auth,
    admin,
    deps,
    store,
    clock,
    events,
    endingSessions,
    surplusEnder,
    /** What went wrong with the rows of ending sessions. */
    problems,
    call,
    /** The caller and the call of a bearer. */
    bearer(accessToken: string): [Principal, Call] {
      const made = call({ bearer: accessToken });
      // Of an access token there is no promise.
      return [auth.authenticate(made) as Principal, made];
    },
    maintainApiKeys,
    composeMail: compose,
    rawData: () => opened.rawData(),
    /** What is sent of all mails that wait, which is gone from the outbox then. */
    async sendMails(): Promise<ComposedMail[]> {
      const sent: ComposedMail[] = [];
      for (;;) {
        const claimed = await store.mailOutbox.claim(MINUTE_MS, call());
        if (claimed === undefined) return sent;
        const composed = await compose(claimed.mail);
        if (composed !== undefined) sent.push(composed);
        await store.mailOutbox.finish(claimed, call());
      }
    },
    eventTypes: () => events.map(({ type }) => type),
    /** A registered user who has signed in. */
    async signedIn(deviceName = '') {
      names += 1;
      const username = `user-${names}`;
      const user = await auth.register({ email: `mail-${names}@example.com`, username, password: PASSWORD }, call());
      return { ...(await this.login(username, deviceName)), user };
    },
    login: (username: string, deviceName = '') => auth.login({ username, password: PASSWORD, deviceName }, call()),
    async close() {
      await endingSessions.close();
      await hasher.close();
      await opened.destroy();
    },
  };
}

export type Domain = Awaited<ReturnType<typeof openDomain>>;

/** The reason that a use case refuses with, whether it throws or rejects. */
export async function refusalReason(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
  } catch (error) {
    return (error as { reason?: string }).reason ?? String(error);
  }
  return 'OK';
}
