/** A user that has the name of another one since names are compared in another way. */
export interface NameCollision {
  readonly userId: string;
  readonly field: 'email' | 'username';
}

export const COLLISION_PROBLEM = 'Users have one name by the way in which names are compared now';

/** What the log says of collisions, and what can be done; ids, not names. */
export function describeCollisions(collisions: readonly NameCollision[]): string {
  const each = collisions.map(({ userId, field }) => `the ${field} of user ${userId}`).join(', ');
  return (
    `Names are compared by Unicode case folding now, and by that these are another user's too: ${each}. Nothing was changed there: ` +
    'a caller that gives such a name gets the other user. Delete the user who should not have it; until then every start looks again.'
  );
}
