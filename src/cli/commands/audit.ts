import { AUDIT_EVENT_TYPES, type AuditEvent } from '../../auth/audit/audit-event';
import { AuthError } from '../../auth/errors';
import type { Core } from '../../composition/core';
import { loadSettings } from '../../config/config';
import { type Command, CommandError, JSON_HELP, JSON_OPTION, type OptionValues, readText, readTexts } from '../command';
import { findUser, isUserId, USER_HELP } from '../find-user';
import { parseMoment } from '../moment';
import { loadWithKeys, withoutKeys, withTool } from '../open-tool';
import { PAGE_HELP, PAGE_OPTIONS, printMore, readPage } from '../paging';
import { printJson, printTable } from '../print';

export const audit: Command = {
  summary: 'shows what happened to accounts, the newest first',
  help: `postern audit [OPTIONS]

  --user USER          only what happened to this user; a deleted one by id
  --login NAME         only failed logins with this name where no account had it; needs SECRET_KEY
  --type TYPE          only events of this type; once
  --since TIME         only from then on: 2h, 7d, 2026-01-31 or 2026-01-31T09:00:00Z
  --until TIME         only before then
${PAGE_HELP}
${JSON_HELP}

${USER_HELP}
Types: ${AUDIT_EVENT_TYPES.join(', ')}.`,
  options: {
    ...JSON_OPTION,
    ...PAGE_OPTIONS,
    user: { type: 'string' },
    login: { type: 'string' },
    type: { type: 'string', multiple: true },
    since: { type: 'string' },
    until: { type: 'string' },
  },
  async run(options, terminal) {
    const now = Date.now();
    const input = {
      ...readPage(options),
      type: readType(options),
      occurredAfter: momentIn(options, 'since', now),
      occurredBefore: momentIn(options, 'until', now),
    };
    refuseEmptyRange(input);
    const who = readText(options, 'user');
    const login = readText(options, 'login');
    if (login?.trim() === '') throw new CommandError('--login must be a username or an email');
    if (login !== undefined && who !== undefined) {
      throw new CommandError('--user and --login exclude each other: --login is for names that no account has');
    }
    const config = login === undefined ? withoutKeys(loadSettings()) : loadWithKeys();
    const { events, nextPageToken, actors } = await withTool(config, async (core) => {
      const userId = await findUserId(core, who);
      const page = await core.useCases.admin.listAuditEvents({ ...input, userId, login }, core.internalCall());
      return { ...page, actors: options.json === true ? new Map() : await findActors(core, page.events) };
    });
    if (options.json === true) {
      printJson(terminal, { events, nextPageToken });
      return 0;
    }
    const rows = events.map((event) => buildRow(event, actors));
    printTable(terminal, COLUMNS, rows, 'No events');
    printMore(terminal, nextPageToken);
    return 0;
  },
};

const COLUMNS = ['TIME', 'LAST', 'COUNT', 'TYPE', 'USERNAME', 'USER', 'ACTOR', 'ADDRESS', 'REASON', 'REQUEST'];

function buildRow(event: AuditEvent, actors: ReadonlyMap<string, string>): (Date | string)[] {
  const { occurredAt, lastOccurredAt, count, type, username, userId, actorId, ipAddress, reason, requestId } = event;
  const last = count > 1 ? lastOccurredAt : '';
  const name = actors.get(actorId);
  const actor = name === undefined ? actorId : `${name} ${actorId}`;
  return [occurredAt, last, String(count), type, username, userId, actor, ipAddress, reason, requestId];
}

/** The events of a deleted user are found by id alone, since the name may be another user's by now. */
async function findUserId(core: Core, who: string | undefined): Promise<string> {
  if (who === undefined || isUserId(who)) return who?.trim() ?? '';
  try {
    return (await findUser(core, who, core.internalCall())).id;
  } catch (error) {
    if (!(error instanceof AuthError && error.reason === 'USER_NOT_FOUND')) throw error;
    throw new CommandError(
      'User not found; events of a deleted one are found by its id: postern audit --type user.deleted shows ids and names',
    );
  }
}

/** The usernames of today of the users who did something, by id. */
async function findActors({ store, internalCall }: Core, events: readonly AuditEvent[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const id of new Set(events.map(({ actorId }) => actorId).filter(isUserId))) {
    const user = await store.users.findById(id, internalCall());
    if (user !== undefined) names.set(id, user.username);
  }
  return names;
}

function momentIn(options: OptionValues, name: string, now: number): Date | undefined {
  const text = readText(options, name);
  return text === undefined ? undefined : parseMoment(name, text, now);
}

function readType(options: OptionValues): string {
  const [type = '', ...more] = readTexts(options, 'type');
  if (more.length > 0) throw new CommandError('--type may be given once; ask once for each type');
  return type;
}

interface TimeRange {
  readonly occurredAfter: Date | undefined;
  readonly occurredBefore: Date | undefined;
}

/** @throws CommandError */
function refuseEmptyRange({ occurredAfter, occurredBefore }: TimeRange): void {
  if (occurredAfter === undefined || occurredBefore === undefined || occurredAfter < occurredBefore) return;
  throw new CommandError('--since must be before --until; nothing lies between them');
}
