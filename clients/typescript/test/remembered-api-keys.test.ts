import { randomUUID } from 'node:crypto';
import { type Accepted, accept } from '../src/answer';
import { RememberedApiKeys } from '../src/api-keys/remembered-api-keys';
import { Revocations } from '../src/feed/revocations';
import type { Principal } from '../src/principal';
import { SteppedClock } from './support/stepped-clock';

const TEXT = `pstn_${'0'.repeat(22)}_${'0'.repeat(49)}`;

/** A key of somebody with these roles, and what remembers keys. */
function start() {
  const clock = new SteppedClock();
  const revocations = new Revocations(clock, 3_600_000);
  const keys = new RememberedApiKeys(revocations, clock);
  const id = randomUUID();
  const userId = randomUUID();
  const answer = (...roles: string[]): Accepted => {
    const times = { issuedAt: new Date(0), expiresAt: new Date(4e12) };
    const principal: Principal = {
      userId,
      username: 'job',
      roles,
      sessionId: id,
      ...times,
      kind: 'service',
      apiKeyId: id,
    };
    return accept(principal, 'remote');
  };
  const rolesOf = (): readonly string[] | undefined => {
    const found = keys.find(TEXT);
    return found?.ok ? found.principal.roles : undefined;
  };
  return { clock, revocations, keys, userId, answer, rolesOf };
}

test('What a replica says of an API key that has not heard the latest news of its owner is not kept', () => {
  const { clock, revocations, keys, userId, answer, rolesOf } = start();
  revocations.setRoles(userId, ['user', 'moderator']);
  clock.pass(1_500);
  // The role that was granted is missing still.
  keys.add(TEXT, answer('user'), clock.monotonic());
  expect(rolesOf()).toBeUndefined();
  clock.pass(1_500);
  keys.add(TEXT, answer('user', 'moderator'), clock.monotonic());
  expect(rolesOf()).toEqual(['user', 'moderator']);
});

test('What is kept of an API key is forgotten with news of its owner, and not with news of others', () => {
  const { clock, revocations, keys, userId, answer, rolesOf } = start();
  keys.add(TEXT, answer('user'), clock.monotonic());
  clock.pass(10_000);
  revocations.setRoles(randomUUID(), ['user']);
  expect(rolesOf()).toEqual(['user']);
  revocations.setRoles(userId, ['user', 'moderator']);
  expect(rolesOf()).toBeUndefined();
});

test('An API key that was asked about after a feed began is kept, and one from before is not', () => {
  const { clock, revocations, keys, answer, rolesOf } = start();
  revocations.clear();
  keys.add(TEXT, answer('user'), clock.monotonic());
  expect(rolesOf()).toBeUndefined();
  clock.pass(1);
  keys.add(TEXT, answer('user'), clock.monotonic());
  expect(rolesOf()).toEqual(['user']);
  revocations.clear();
  expect(rolesOf()).toBeUndefined();
});
