import { withoutControl, withoutSecrets } from './redaction';

export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: readonly string[];
  readonly cause?: LoggedError;
}

const MAX_MESSAGE = 500;
const MAX_FRAMES = 20;
const MAX_CAUSES = 5;

/**
 * What of an error is logged: its class, message, code, stack and causes. Never its other properties: those of drivers
 * hold the request they failed on.
 */
export function errorForLog(error: unknown): LoggedError {
  return describe(error, MAX_CAUSES);
}

function describe(error: unknown, causesLeft: number): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'Something that is no Error was thrown' };
  const { code, cause } = error as Error & { code?: unknown };
  return {
    type: clean(error.name),
    message: clean(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: clean(String(code)) } : {}),
    stack: frames(error),
    ...(cause === undefined || causesLeft === 0 ? {} : { cause: describe(cause, causesLeft - 1) }),
  };
}

/** The lines of the stack below the message. */
function frames(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => clean(line.trim()));
}

function clean(text: string): string {
  return withoutControl(withoutSecrets(text.slice(0, MAX_MESSAGE)));
}
