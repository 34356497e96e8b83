import { anEndedSessions } from '../support/domain/builders';
import { type Domain, openDomain } from '../support/domain/domain';

let domain: Domain;
beforeEach(async () => {
  domain = await openDomain();
});
afterEach(() => domain.close());

async function adminToken(): Promise<string> {
  const { user } = await domain.signedIn();
  await domain.admin.setUserRoles({ userId: user.id, roles: ['admin'] }, '', domain.call());
  return (await domain.login(user.username)).tokens.accessToken;
}

test('WatchRevocations brings after a resume token what came later, though it is said to have happened long before [C11]', async () => {
  const bearer = await adminToken();
  const { clock, deps } = domain;
  const known = async (resumeToken: string) => {
    const watch = await domain.auth.watchRevocations({ resumeToken }, domain.call({ bearer }));
    return [...watch.known].flatMap((event) => ('sessionId' in event ? [event.sessionId] : []));
  };
  const heardBefore = anEndedSessions({ at: clock.now() });
  deps.revocations.onRecord(heardBefore);
  clock.advance(60_000);
  const watch = await domain.auth.watchRevocations({ resumeToken: '' }, domain.call({ bearer }));
  const token = watch.resumeToken();
  clock.advance(20_000);
  // The call that ended it was held up by the store, or its first try failed after it had written.
  const late = anEndedSessions({ at: clock.now() - 60_000 });
  deps.revocations.onRecord(late);
  expect(await known(token)).toEqual(late.sessionIds);
  // As of a replica whose clock was an hour ahead when the watcher heard of it, and was set back since.
  expect(await known(String(clock.now() + 3_600_000))).toEqual([...heardBefore.sessionIds, ...late.sessionIds]);
  expect(await known('')).toEqual([...heardBefore.sessionIds, ...late.sessionIds]);
});

test('WatchRevocations brings what came after a clock was set back, also where its resume token has just passed [C11]', async () => {
  const bearer = await adminToken();
  const { clock, deps } = domain;
  deps.revocations.onFresh(clock.monotonic());
  const before = await domain.auth.watchRevocations({ resumeToken: '' }, domain.call({ bearer }));
  const token = before.resumeToken();
  clock.stepWallClock(-40_000);
  clock.advance(5_000);
  const missed = anEndedSessions({ at: clock.now() });
  deps.revocations.onRecord(missed);
  // Where the token takes up is past by then, and after what was missed.
  clock.advance(25_000);
  deps.revocations.onFresh(clock.monotonic());
  const watch = await domain.auth.watchRevocations({ resumeToken: token }, domain.call({ bearer }));
  expect([...watch.known]).toContainEqual(expect.objectContaining({ sessionId: missed.sessionIds[0] }));
});
