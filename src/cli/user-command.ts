import type { User } from '../auth/accounts/users';
import type { Core } from '../composition/core';
import { loadSettings } from '../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from './command';
import { findUser, USER_HELP } from './find-user';
import { withoutKeys, withTool } from './open-tool';
import { printJson } from './print';

export interface UserCommand {
  readonly name: string;
  readonly summary: string;
  /** What follows the user on the command line, if something does. */
  readonly operands?: { readonly shown: string; readonly min: number; readonly max: number };
  /** Further lines of help. */
  readonly details: string;
  /** Does it; `user` is who it is after that, or nobody where that says nothing. */
  readonly act: (core: Core, user: User, operands: readonly string[]) => Promise<{ user?: User; said: string }>;
}

/** A command that changes one user. With `--json` it prints `{"user": ...}`. */
export function userCommand({ name, summary, operands, details, act }: UserCommand): Command {
  const synopsis = ['postern', name, 'USER', ...(operands === undefined ? [] : [operands.shown]), '[--json]'].join(' ');
  return {
    summary,
    help: `${synopsis}\n\n${USER_HELP}\n${details}\n\n${JSON_HELP}`,
    options: JSON_OPTION,
    operands: { min: 1 + (operands?.min ?? 0), max: 1 + (operands?.max ?? 0) },
    async run({ json }, terminal, [who = '', ...rest]) {
      const { user, said } = await withTool(withoutKeys(loadSettings()), async (core) =>
        act(core, await findUser(core, who, core.ownCall()), rest),
      );
      if (json === true) printJson(terminal, user === undefined ? {} : { user });
      else terminal.stdout.write(`${said}\n`);
      return 0;
    },
  };
}
