import type { MailKind } from '../auth/outgoing-mail/outgoing-mail';

/** A mail with its texts, as it goes to one person. */
export interface MailMessage {
  /** The same in every attempt, so that a receiver can recognise a repetition. */
  readonly id: string;
  /** `test`: an operator tries whether mail arrives. */
  readonly kind: MailKind | 'test';
  readonly to: string;
  /** Whose account it is about; empty where none is known. */
  readonly userId: string;
  readonly requestedAt: Date;
  readonly language: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What the texts were made with. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** Who takes mail from this process. */
export interface MailTransport {
  /** For people: where it goes to, without credentials. */
  readonly description: string;
  /** Resolves when the message was taken. Aborted, it may have been taken or not. @throws SendError */
  send(message: MailMessage, signal: AbortSignal): Promise<void>;
  /** Connects and proves the credentials as far as that goes without a message. @throws SendError */
  check(signal: AbortSignal): Promise<void>;
  /** Lets go of all connections. */
  close(): void;
}

/**
 * What a failure is about. `service`: the mail server or webhook; the next message would fare no better. `message`:
 * this one alone. `recipient`: there is no such mailbox, and trying again will not make one.
 */
export type FailureScope = 'service' | 'message' | 'recipient';

/** A message was not taken. The text says what happened and holds no credential and no address. */
export class SendError extends Error {
  override readonly name = 'SendError';

  constructor(
    readonly scope: FailureScope,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
