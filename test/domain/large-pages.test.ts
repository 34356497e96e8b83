import { anAuditEvent, aSession, aUser } from '../support/domain/builders';
import { type Domain, openDomain } from '../support/domain/domain';
import { countIterations } from '../support/domain/iterations';

const ROWS = 550;
/** What one read may take, a few ms of the event loop, and the row behind the page. */
const MOST_AT_ONCE = 101;
const PAGE = { pageSize: 1_000, pageToken: '' };
const ALL_EVENTS = { ...PAGE, userId: '', type: '', occurredAfter: undefined, occurredBefore: undefined };

let domain: Domain;
let users: ReturnType<typeof aUser>[];
beforeAll(async () => {
  domain = await openDomain();
  users = Array.from({ length: ROWS }, (_, n) => {
    const username = `page-${String(n).padStart(4, '0')}`;
    // Every third has an email that matches the same search.
    return aUser({ username, ...(n % 3 === 0 ? { email: `${username}@example.com` } : {}) });
  });
  for (const user of users) await domain.store.users.insert(user, domain.call());
  const type = 'session.ended';
  await domain.store.auditLog.append(users.map(({ id }) => anAuditEvent({ userId: id, username: '', type })));
});
afterEach(() => jest.restoreAllMocks());
afterAll(() => domain.close());

function mostAsked(asked: jest.SpyInstance): number {
  return Math.max(...asked.mock.calls.map(([query]) => query.limit));
}

test('A large page of users is read in parts, between which other calls are answered, and misses none', async () => {
  const asked = jest.spyOn(domain.store.users, 'list');
  const [page, iterations] = await countIterations(() => domain.admin.listUsers({ ...PAGE, query: '' }, domain.call()));
  expect(page.users.map(({ id }) => id)).toEqual(users.map(({ id }) => id));
  expect(page.nextPageToken).toBe('');
  expect(mostAsked(asked)).toBeLessThanOrEqual(MOST_AT_ONCE);
  expect(iterations).toBeGreaterThanOrEqual(5);
  const first = await domain.admin.listUsers({ ...PAGE, pageSize: 300, query: '' }, domain.call());
  expect([first.users.length, first.nextPageToken]).toEqual([300, users[299]?.id]);
  asked.mockClear();
  await domain.admin.listUsers({ ...PAGE, pageSize: 100, query: '' }, domain.call());
  expect(asked).toHaveBeenCalledTimes(1);
});

test('A large page of a search is read in parts, and names each user once, in the order of the names', async () => {
  const asked = jest.spyOn(domain.store.users, 'search');
  const [page, iterations] = await countIterations(() =>
    domain.admin.listUsers({ ...PAGE, query: 'PAGE-' }, domain.call()),
  );
  const names = users.map(({ username }) => username);
  expect(page.users.map(({ username }) => username)).toEqual(names.slice(0, 500));
  const rest = await domain.admin.listUsers({ ...PAGE, pageToken: page.nextPageToken, query: 'PAGE-' }, domain.call());
  expect(rest.users.map(({ username }) => username)).toEqual(names.slice(500));
  expect(rest.nextPageToken).toBe('');
  expect(mostAsked(asked)).toBeLessThanOrEqual(MOST_AT_ONCE);
  expect(iterations).toBeGreaterThanOrEqual(4);
});

test('A large page of events is read in parts, with the username of each', async () => {
  const asked = jest.spyOn(domain.store.auditLog, 'list');
  const [page, iterations] = await countIterations(() => domain.admin.listAuditEvents(ALL_EVENTS, domain.call()));
  const newestFirst = users.toReversed().map(({ id, username }) => [id, username]);
  expect(page.events.map(({ userId, username }) => [userId, username])).toEqual(newestFirst);
  expect(mostAsked(asked)).toBeLessThanOrEqual(MOST_AT_ONCE);
  // Five between the parts of the events, five between those of the names.
  expect(iterations).toBeGreaterThanOrEqual(10);
});

test('The sessions of a user with many are read in parts, and none is missed', async () => {
  const { user, tokens } = await domain.signedIn('many');
  const sessions = Array.from({ length: ROWS }, () => aSession({ userId: user.id }));
  await Promise.all(sessions.map((session) => domain.store.sessions.insert(session, domain.call())));
  const asked = { now: new Date(domain.clock.now()), atMost: 450 };
  const [listed, iterations] = await countIterations(() =>
    domain.store.sessions.listPublic(user.id, asked, domain.call()),
  );
  expect(iterations).toBeGreaterThanOrEqual(4);
  const all = await domain.auth.listSessions(...domain.bearer(tokens.accessToken));
  const ids = all.map(({ id }) => id);
  expect([ids.length, new Set(ids).size]).toEqual([ROWS + 1, ROWS + 1]);
  expect(listed.map(({ id }) => id)).toEqual(ids.slice(0, 450));
});
