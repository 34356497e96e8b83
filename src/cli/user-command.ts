import type { User } from '../auth/accounts/users';
import type { Core } from '../composition/core';
import { loadSettings } from '../config/config';
import { askToGoOn } from './ask-to-go-on';
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
  /** What is asked on a terminal before it is done, unless `--yes` is given; without it nothing is. */
  readonly question?: (user: User) => string;
  /** Does it; `user` is the user after that, or undefined where that says nothing. */
  readonly act: (core: Core, user: User, operands: readonly string[]) => Promise<{ user?: User; said: string }>;
}

/** A command that changes one user. With `--json` it prints `{"user": ...}`. */
export function userCommand({ name, summary, operands, details, question, act }: UserCommand): Command {
  const synopsis = [
    'postern',
    name,
    'USER',
    ...(operands === undefined ? [] : [operands.shown]),
    ...(question === undefined ? [] : ['[--yes]']),
    '[--json]',
  ].join(' ');
  const yes =
    question === undefined ? '' : `\n  --yes                do it without asking; without a terminal it is not asked\n`;
  return {
    summary,
    help: `${synopsis}\n\n${USER_HELP}\n${details}\n${yes}\n${JSON_HELP}`,
    options: question === undefined ? JSON_OPTION : { ...JSON_OPTION, yes: { type: 'boolean' } },
    operands: { min: 1 + (operands?.min ?? 0), max: 1 + (operands?.max ?? 0) },
    async run({ json, yes }, terminal, [who = '', ...rest]) {
      const { user, said } = await withTool(withoutKeys(loadSettings()), async (core) => {
        const found = await findUser(core, who, core.internalCall());
        if (question !== undefined && yes !== true) await askToGoOn(terminal, question(found));
        return act(core, found, rest);
      });
      if (json === true) printJson(terminal, user === undefined ? {} : { user });
      else terminal.stdout.write(`${said}\n`);
      return 0;
    },
  };
}
