import { randomBytes } from 'node:crypto';
import type { ImportUsersRequest } from '../../../src/gen/postern/auth/v1/admin_service';

/** How many rows an import must have taken before it counts as running: more than lies in pipes and windows. */
const RUNNING_ROWS = 1_000;
let made = 0;

/** Rows that no store has seen, with argon2id hashes of today's parameters of which no password is known. */
export class Rows implements Iterable<ImportUsersRequest> {
  readonly begun: Promise<void>;
  #onBegun = (): void => {};
  #hasEnded = false;

  /** As many as `count`, or until `end` is called. */
  constructor(private readonly count = Number.POSITIVE_INFINITY) {
    this.begun = new Promise((resolve) => {
      this.#onBegun = resolve;
    });
  }

  *[Symbol.iterator](): Generator<ImportUsersRequest> {
    for (let n = 0; n < this.count && !this.#hasEnded; n += 1) {
      if (n === RUNNING_ROWS) this.#onBegun();
      yield newRow();
    }
  }

  end(): void {
    this.#hasEnded = true;
  }
}

function newRow(): ImportUsersRequest {
  made += 1;
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return {
    externalId: `old-${made}`,
    email: `old-${made}@example.com`,
    username: `old-${made}`,
    emailVerified: true,
    active: undefined,
    roles: [],
    createdAt: undefined,
    passwordHash: `$argon2id$v=19$m=19456,t=2,p=1$${base64(16)}$${base64(32)}`,
  };
}
