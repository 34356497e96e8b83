import { mongo } from 'mongoose';
import { StoreRefusedError } from '../../store';

const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
/** What MongoDB Atlas says in its own way. */
const ATLAS_ERROR = 8000;

const RIGHTS = 'docs/mongodb/create-user.js makes a user with the least rights';

/**
 * What to do about a server that does not accept who we say we are, or what we may do; undefined for any other error.
 * The server's reason
 * is in it, without the rest of a command.
 */
export function explainRefusal(thrown: unknown): StoreRefusedError | undefined {
  const error = serverErrorIn(thrown);
  if (error === undefined) return undefined;
  if (error.code === AUTHENTICATION_FAILED || (error.code === ATLAS_ERROR && /auth/i.test(error.message))) {
    return refused(
      `MongoDB refused the user or the password (${readReason(error)}). Check both, that special characters are escaped (@ as %40), and authSource: the database that the user was made in`,
    );
  }
  if (error.code !== UNAUTHORIZED) return undefined;
  return /requires authentication/.test(error.message)
    ? refused(`MongoDB wants a user and a password: write mongodb://USER:PASSWORD@HOST/DATABASE; ${RIGHTS}`)
    : refused(`the rights of the user are not enough (${readReason(error)}); ${RIGHTS}`);
}

/** The reason alone: what stands behind `{` is the command with what it asked for. */
export function readReason({ message }: Error): string {
  const command = /\{ *(\w+)/.exec(message)?.[1];
  const reason = message.replace(/\s*\{.*$/s, '');
  return command === undefined ? reason : `${reason} ${command}`;
}

function serverErrorIn(thrown: unknown): mongo.MongoServerError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof mongo.MongoServerError) return error;
  }
  return undefined;
}

function refused(what: string): StoreRefusedError {
  return new StoreRefusedError(`DATABASE_URL: ${what}`);
}
