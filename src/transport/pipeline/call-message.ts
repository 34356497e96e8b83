/** How a call, or some of one kind, ended: what the message of a log line says. */
export interface Ending {
  readonly status: string;
  readonly reason?: string | undefined;
  readonly fault?: string | undefined;
}

/**
 * The message of a log line in words for people: `Validate: UNAUTHENTICATED, INVALID_TOKEN (signature)`. Everything in
 * it is in fields of the line as well; nothing that a caller sent is in it.
 */
export function describeEnding(path: string, { status, reason, fault }: Ending): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const why = reason === undefined ? '' : `, ${reason}${fault === undefined ? '' : ` (${fault})`}`;
  return `${name}: ${status}${why}`;
}
