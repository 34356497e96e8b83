import type { RoleRules } from '../accounts/account-fields';
import { newUser } from '../accounts/create-account';
import { DEFAULT_ROLE } from '../accounts/register';
import type { StoredUser, Users } from '../accounts/users';
import type { Events } from '../audit/events';
import { type Call, throwIfEnded } from '../call';
import type { Clock } from '../clock';
import type { Ids } from '../ids';
import { TimeSlices } from '../time-slices';
import { findRowFault } from './check-row';
import { digestRow, isSameRow, type RowDigests } from './imported-content';
import type { ImportedHashes, ImportHints } from './imported-hashes';
import type { ImportedRow, ImportOutcome, ImportRefusal } from './imported-row';

/** How long rows are looked at before other calls are served, in ms. */
const SLICE_MS = 0.5;

export interface ImportUsersDeps extends RoleRules {
  readonly users: Users;
  readonly importedHashes: ImportedHashes;
  readonly rowDigests: RowDigests;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface ImportOptions {
  readonly hints?: ImportHints | undefined;
  /** Says what would become of the rows, and stores nothing. */
  readonly isDryRun?: boolean | undefined;
}

/**
 * As many rows as are to be given at once: they share a commit, and no other write waits long for them. A process that
 * serves calls gives fewer.
 */
export const IMPORT_BATCH = 100;

type Refused = Extract<ImportOutcome, { status: 'refused' }>;

const REFUSALS: Readonly<Record<Exclude<ImportRefusal, 'INVALID_FIELDS'>, Omit<Refused, 'status' | 'reason'>>> = {
  EMAIL_TAKEN: { field: 'email', description: 'Another account has this email' },
  USERNAME_TAKEN: { field: 'username', description: 'Another account has this username' },
  EXTERNAL_ID_TAKEN: { field: 'external_id', description: 'A row of this id and other content was imported before' },
  HASH_UNKNOWN: { field: 'password_hash', description: 'Is of no format that docs/import.md lists' },
  HASH_TOO_COSTLY: { field: 'password_hash', description: 'Costs more than one login may; see docs/import.md' },
};

/**
 * Takes in the accounts of some rows and says of each what became of it, in their order; `actorId` as in `createUser`.
 * All that was said is durable. A row that is there already is found by its `externalId`.
 *
 * @throws AuthError STORE_UNAVAILABLE; CallEndedError. Some rows may be stored then; given again they are unchanged
 */
export function importUsers(deps: ImportUsersDeps) {
  return async (
    rows: readonly ImportedRow[],
    { hints, isDryRun = false }: ImportOptions,
    actorId: string,
    call: Call,
  ): Promise<ImportOutcome[]> => {
    const now = deps.clock.now();
    const slices = new TimeSlices(deps.clock, SLICE_MS);
    const outcomes = await checkFields(deps, rows, slices, now);
    const checked = [...rows.entries()].filter(([at]) => outcomes[at] === undefined);
    const known = await deps.users.findByExternalIds(
      checked.map(([, { externalId }]) => externalId),
      call,
    );
    const fresh: { readonly at: number; readonly row: ImportedRow; readonly user: StoredUser }[] = [];
    for (const [at, row] of checked) {
      await slices.next();
      const before = known.get(row.externalId);
      const accepted = before === undefined ? await accept(deps, row, hints, now) : compare(deps, row, before);
      if ('status' in accepted) outcomes[at] = accepted;
      else fresh.push({ at, row, user: accepted });
    }
    throwIfEnded(call, deps.clock);
    const users = fresh.map(({ user }) => user);
    const answers = isDryRun ? await deps.users.tryImport(users, call) : await deps.users.import(users, call);
    for (const [i, { at, row, user }] of fresh.entries()) outcomes[at] = toOutcome(deps, row, user, answers[i]);
    const count = outcomes.filter((outcome) => outcome?.status === 'imported').length;
    if (count > 0 && !isDryRun) recordImport(deps.events, call, count, actorId);
    return outcomes as ImportOutcome[];
  };
}

/** Of each row the refusal for its fields, or undefined. */
async function checkFields(
  deps: ImportUsersDeps,
  rows: readonly ImportedRow[],
  slices: TimeSlices,
  now: number,
): Promise<(ImportOutcome | undefined)[]> {
  const outcomes: (ImportOutcome | undefined)[] = [];
  for (const row of rows) {
    await slices.next();
    const fault = findRowFault(row, deps, now);
    outcomes.push(fault && { status: 'refused', reason: 'INVALID_FIELDS', ...fault });
  }
  return outcomes;
}

/** One event for all: an import makes hundreds of thousands of accounts, and each keeps its `externalId`. */
function recordImport(events: Events, call: Call, count: number, actorId: string): void {
  const { ipAddress, requestId } = call;
  const about = { userId: '', username: '', loginDigest: '', actorId, ipAddress, requestId, reason: '', count };
  events.record({ type: 'user.imported', ...about });
}

/** The user of a row that was not imported before, or why there is none. */
async function accept(
  deps: ImportUsersDeps,
  row: ImportedRow,
  hints: ImportHints | undefined,
  now: number,
): Promise<StoredUser | Refused> {
  const accepted = row.passwordHash === '' ? { hash: '' } : await deps.importedHashes.accept(row.passwordHash, hints);
  if ('refused' in accepted) return refuse(accepted.refused);
  const { hash: passwordHash, cost, isWrapped = false } = accepted;
  const { externalId, email, username, emailVerified, active = true, createdAt = new Date(now) } = row;
  const roles = row.roles.length === 0 ? [DEFAULT_ROLE] : [...new Set(row.roles)];
  const importDigest = digestRow(deps.rowDigests, row, isWrapped);
  const user = newUser(deps, { email, username, passwordHash, roles });
  const fields = { emailVerified, active, createdAt, externalId, importDigest };
  return { ...user, ...fields, ...(cost === undefined ? {} : { importedHashCost: cost }) };
}

function toOutcome(
  deps: ImportUsersDeps,
  row: ImportedRow,
  user: StoredUser,
  answer: Awaited<ReturnType<Users['import']>>[number] | undefined,
): ImportOutcome {
  if (answer === undefined) throw new Error('The store has not answered for every user');
  if (answer === 'imported') return { status: 'imported', userId: user.id };
  return typeof answer === 'string' ? refuse(answer) : compare(deps, row, answer);
}

function compare(deps: ImportUsersDeps, row: ImportedRow, before: StoredUser): ImportOutcome {
  return isSameRow(deps.rowDigests, row, before.importDigest ?? '')
    ? { status: 'unchanged', userId: before.id }
    : refuse('EXTERNAL_ID_TAKEN');
}

function refuse(reason: Exclude<ImportRefusal, 'INVALID_FIELDS'>): Refused {
  return { status: 'refused', reason, ...REFUSALS[reason] };
}
