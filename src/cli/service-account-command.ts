import type { User } from '../auth/accounts/users';
import type { Core } from '../composition/core';
import { type Command, CommandError } from './command';
import { userCommand } from './user-command';

interface ServiceAccountCommand {
  readonly name: string;
  readonly summary: string;
  readonly details: string;
  readonly act: (core: Core, account: User) => Promise<{ user?: User; said: string }>;
}

/** A command that changes one service account, and no person. */
export function serviceAccountCommand({ act, ...command }: ServiceAccountCommand): Command {
  return userCommand({
    ...command,
    act: (core, user) => {
      if (user.kind !== 'service') throw new CommandError(`${user.username} is a person; see: postern users --help`);
      return act(core, user);
    },
  });
}
