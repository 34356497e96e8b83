import { CALLERS, type Filling } from '../../fill-store';

/** What a store holds for each million users. */
const PER_MILLION: Filling = {
  users: 1_000_000,
  sessions: 3_000_000,
  auditEvents: 9_000_000,
  apiKeys: 100_000,
  heavy: { endedSessions: 200_000, liveSessions: 10_000, auditEvents: 1_000_000 },
};
/** Sessions that have ended in the window that every replica keeps. */
const REVOCATIONS_PER_MILLION = 100_000;

export interface Size {
  readonly name: string;
  /** Nothing but those who call is 0. */
  readonly users: number;
  readonly revocations: number;
  readonly filling: Filling;
}

/** An empty store first, the fullest last. */
export function sizesAt(scale: number): Size[] {
  const users = [10_000, 100_000, 1_000_000].map((each) => each * scale);
  return [
    { name: 'empty', users: 0, revocations: 0, filling: planFilling(0) },
    ...users.map((each) => ({
      name: `${Math.round(each).toLocaleString('en')} users`,
      users: each,
      revocations: Math.round((REVOCATIONS_PER_MILLION * each) / 1_000_000),
      filling: planFilling(each),
    })),
  ];
}

function planFilling(users: number): Filling {
  const part = (count: number) => Math.round((count * users) / 1_000_000);
  const { heavy, ...rest } = PER_MILLION;
  return {
    users: Math.max(CALLERS, part(rest.users)),
    sessions: part(rest.sessions),
    auditEvents: part(rest.auditEvents),
    apiKeys: part(rest.apiKeys),
    heavy: {
      endedSessions: part(heavy.endedSessions),
      liveSessions: part(heavy.liveSessions),
      auditEvents: part(heavy.auditEvents),
    },
  };
}
