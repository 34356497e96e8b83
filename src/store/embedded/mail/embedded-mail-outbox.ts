import type { Call } from '../../../auth/call';
import type { Clock } from '../../../auth/clock';
import {
  type ClaimedMail,
  LONGEST_DELAY_MS,
  type MailOutbox,
  type OutboxBacklog,
} from '../../../auth/outgoing-mail/mail-outbox';
import type { OutgoingMail } from '../../../auth/outgoing-mail/outgoing-mail';
import { countEntries } from '../engine/count-rows';
import type { Engine } from '../engine/engine';
import { numberKey, textKey } from '../engine/keys';
import type { Tables, WaitingMail } from '../engine/tables';

const DUE_BYTES = 8;

export class EmbeddedMailOutbox implements MailOutbox {
  constructor(
    private readonly engine: Engine,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  async add(mails: readonly OutgoingMail[], call: Call): Promise<void> {
    if (mails.length === 0) return;
    await this.engine.write(call, (tables) => {
      for (const mail of mails) {
        if (!tables.mailOutbox.doesExist(textKey(mail.id))) put(tables, { ...mail, attempt: 0, dueAt: 0 });
      }
    });
  }

  async claim(leaseMs: number, call: Call): Promise<ClaimedMail | undefined> {
    // Looked for outside the transaction: where nothing is due, nothing is written or flushed.
    const isDue = await this.engine.read(call, (tables) => findDue(tables, this.clock.now()) !== undefined);
    if (!isDue) return undefined;
    return this.engine.write(call, (tables) => {
      const now = this.clock.now();
      const due = findDue(tables, now);
      if (due === undefined) return undefined;
      const claimed = { ...due, attempt: due.attempt + 1, dueAt: now + leaseMs };
      remove(tables, due);
      put(tables, claimed);
      return toClaimed(claimed);
    });
  }

  finish(claimed: ClaimedMail, call: Call): Promise<boolean> {
    return this.engine.write(call, (tables) => {
      const held = findHeld(tables, claimed);
      if (held === undefined) return false;
      remove(tables, held);
      return true;
    });
  }

  postpone(claimed: ClaimedMail, delayMs: number, call: Call): Promise<boolean> {
    return this.engine.write(call, (tables) => {
      const held = findHeld(tables, claimed);
      if (held === undefined) return false;
      remove(tables, held);
      put(tables, { ...held, dueAt: this.clock.now() + Math.min(delayMs, LONGEST_DELAY_MS) });
      return true;
    });
  }

  backlog(call: Call): Promise<OutboxBacklog> {
    return this.engine.read(call, ({ mailOutbox }) => {
      // Ids are in the order of time.
      const [oldest] = [...mailOutbox.getRange({ limit: 1 })];
      return { waiting: countEntries(mailOutbox), oldest: oldest?.value.requestedAt };
    });
  }
}

function findDue(tables: Tables, now: number): WaitingMail | undefined {
  // Later than any lease or pause can end: the clock was set back since, and the mail would wait for it to catch up.
  const impossible = numberKey(now + LONGEST_DELAY_MS + 1);
  const ranges = [
    { end: numberKey(now + 1), limit: 1 },
    { start: impossible, limit: 1 },
  ];
  for (const range of ranges) {
    for (const key of tables.mailsByDue.getKeys(range)) return tables.mailOutbox.get(key.subarray(DUE_BYTES));
  }
  return undefined;
}

/** The mail, unless another claim came after this one or it was finished. */
function findHeld(tables: Tables, { mail, attempt }: ClaimedMail): WaitingMail | undefined {
  const waiting = tables.mailOutbox.get(textKey(mail.id));
  return waiting?.attempt === attempt ? waiting : undefined;
}

function put(tables: Tables, waiting: WaitingMail): void {
  tables.mailOutbox.put(textKey(waiting.id), waiting);
  tables.mailsByDue.put(buildDueKey(waiting), true);
}

function remove(tables: Tables, waiting: WaitingMail): void {
  tables.mailOutbox.remove(textKey(waiting.id));
  tables.mailsByDue.remove(buildDueKey(waiting));
}

function buildDueKey({ dueAt, id }: WaitingMail): Buffer {
  return Buffer.concat([numberKey(dueAt), textKey(id)]);
}

function toClaimed({ attempt, dueAt: _dueAt, ...mail }: WaitingMail): ClaimedMail {
  return { mail, attempt };
}
