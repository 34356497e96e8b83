import type { Filled } from '../../fill-store';
import type { Caller } from './caller';

/** What a measured call works with. */
export interface Bench {
  readonly caller: Caller;
  /** Where calls are made as JSON. */
  readonly httpAddress: string;
  readonly filled: Filled;
  /** Access tokens that outlast the run. */
  readonly admin: string;
  readonly heavy: string;
}

/** What a full store may cost against an empty one. */
export type Aim = { readonly ratio: number } | { readonly p99Ms: number };

export interface Operation {
  readonly name: string;
  readonly aim: Aim;
  /** Whether only the first call finds what it is about: it is made once and nothing warms it. */
  readonly isMadeOnce?: boolean;
  /** How often it is made in a round. */
  readonly calls?: number;
  /** Unset: true. Whether the pictures show it. */
  readonly isDrawn?: boolean;
  /** Makes the call ready; its time does not count. */
  begin(on: Bench, n: number): Promise<() => Promise<unknown>>;
}

const ORDINARY: Aim = { ratio: 1.2 };
const HEAVIEST: Aim = { ratio: 2 };
const LIST: Aim = { p99Ms: 50 };

/** In the order in which they are measured: what ends the sessions of the heaviest user comes last. */
export const OPERATIONS: readonly Operation[] = [
  operation(
    'Login',
    ORDINARY,
    async ({ caller }, n) =>
      () =>
        caller.login(ordinary(n)),
  ),
  operation('Refresh', ORDINARY, async ({ caller }, n) => {
    const { refreshToken } = await caller.login(ordinary(n));
    return () => caller.refresh(refreshToken);
  }),
  operation('Logout', ORDINARY, async ({ caller }, n) => {
    const { refreshToken } = await caller.login(ordinary(n));
    return () => caller.logout(refreshToken);
  }),
  operation('RevokeAllSessions', ORDINARY, async ({ caller }, n) => {
    const { accessToken } = await caller.login(ordinary(n));
    return () => caller.revokeAllSessions(accessToken);
  }),
  operation(
    'GetUser',
    ORDINARY,
    async ({ caller, admin }, n) =>
      () =>
        caller.getUser(ordinary(n), admin),
  ),
  ...listsOfUsers(),
  ...listsOfEvents(),
  operation('ListApiKeys', LIST, async ({ caller, admin, filled }, n) => {
    const { id = '' } = filled.users[100 + (n % 300)] ?? {};
    return () => caller.listApiKeys(id, admin);
  }),
  operation(
    'Login of the heaviest user',
    HEAVIEST,
    async ({ caller }) =>
      () =>
        caller.login(HEAVY),
  ),
  operation('Refresh of the heaviest user', HEAVIEST, async ({ caller }) => {
    const { refreshToken } = await caller.login(HEAVY);
    return () => caller.refresh(refreshToken);
  }),
  operation(
    'ListSessions of the heaviest user',
    LIST,
    async ({ caller, heavy }) =>
      () =>
        caller.listSessions(heavy),
  ),
  {
    ...operation('RevokeAllSessions of the heaviest user, the first', HEAVIEST, async ({ caller }) => {
      const { accessToken } = await caller.login(HEAVY);
      return () => caller.revokeAllSessions(accessToken);
    }),
    isMadeOnce: true,
  },
  operation('RevokeAllSessions of the heaviest user', HEAVIEST, async ({ caller }) => {
    const { accessToken } = await caller.login(HEAVY);
    return () => caller.revokeAllSessions(accessToken);
  }),
  operation('RevokeUserSessions of the heaviest user', HEAVIEST, async ({ caller, admin, filled }) => {
    await caller.login(HEAVY);
    return () => caller.revokeUserSessions(filled.heavy.id, admin);
  }),
];

const HEAVY = 'user-1';

function operation(name: string, aim: Aim, begin: Operation['begin']): Operation {
  return { name, aim, begin };
}

export function ordinary(n: number): string {
  return `user-${100 + (n % 300)}`;
}

function listsOfUsers(): Operation[] {
  const list = (name: string, query: (on: Bench) => Parameters<Caller['listUsers']>[0]) =>
    operation(`ListUsers ${name}`, LIST, async (on) => () => on.caller.listUsers(query(on), on.admin));
  return [
    list('first page', () => ({})),
    list('from the middle', ({ filled }) => ({ pageToken: filled.middleUser })),
    list('of a thousand', () => ({ pageSize: 1_000 })),
    list('by prefix', () => ({ query: 'user-49' })),
    list('by prefix, of a thousand', () => ({ query: 'user', pageSize: 1_000 })),
    list('by a prefix that nobody has', () => ({ query: 'zz' })),
  ];
}

function listsOfEvents(): Operation[] {
  const list = (name: string, query: (on: Bench) => Parameters<Caller['listAuditEvents']>[0]) =>
    operation(`ListAuditEvents ${name}`, LIST, async (on) => () => on.caller.listAuditEvents(query(on), on.admin));
  const past = new Date(Date.now() - 300 * 86_400_000);
  return [
    list('of all', () => ({})),
    list('from the middle', ({ filled }) => ({ pageToken: filled.middleEvent })),
    list('of a thousand', () => ({ pageSize: 1_000 })),
    list('of a type', () => ({ type: 'login.succeeded' })),
    list('of a type that is not there', () => ({ type: 'api_key.rotated' })),
    list('of the heaviest user', ({ filled }) => ({ userId: filled.heavy.id })),
    list('of that user and a rare type', ({ filled }) => ({ userId: filled.heavy.id, type: 'password.changed' })),
    list('of a past without events', () => ({ occurredBefore: past })),
    list('of that user and such a past', ({ filled }) => ({ userId: filled.heavy.id, occurredBefore: past })),
  ];
}
