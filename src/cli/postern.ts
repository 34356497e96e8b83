import { parseArgs } from 'node:util';
import { AuthError } from '../auth/errors';
import { ConfigError } from '../config/config';
import { StoreRefusedError } from '../store/store';
import { type Command, CommandError, type OptionValues, type Terminal } from './command';
import { COMMANDS } from './commands';
import { refusalText } from './refusal-text';

const EXIT_REFUSED = 1;
/** BSD sysexits EX_CONFIG. */
const EXIT_CONFIG = 78;

/** Runs one command line; resolves with the exit code. */
export async function postern(args: readonly string[], terminal: Terminal = process): Promise<number> {
  const [name = 'help', ...rest] = args;
  if (['help', '--help', '-h'].includes(name)) {
    terminal.stdout.write(overview());
    return 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    terminal.stderr.write(`There is no command of this name; see: postern --help\n`);
    return EXIT_REFUSED;
  }
  const command = load();
  try {
    const options = optionsOf(command, name, rest);
    if (options.help === true) {
      terminal.stdout.write(`postern ${name}: ${command.summary}\n\n${command.help}\n`);
      return 0;
    }
    return await command.run(options, terminal);
  } catch (error) {
    terminal.stderr.write(`${failureText(error)}\n`);
    return error instanceof ConfigError ? EXIT_CONFIG : EXIT_REFUSED;
  }
}

function overview(): string {
  const lines = Object.entries(COMMANDS).map(([name, load]) => `  ${name.padEnd(14)}${load().summary}\n`);
  return `postern COMMAND [OPTIONS]\n\n${lines.join('')}\nMore on each: postern COMMAND --help. Settings: environment and .env, see docs/configuration.md.\n`;
}

function optionsOf(command: Command, name: string, args: string[]): OptionValues {
  const help = { help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args, options: { ...command.options, ...help }, strict: true }).values;
  } catch (error) {
    // Node's text names the option, never the value of one.
    const [what] = error instanceof Error ? error.message.split('. ') : [];
    throw new CommandError(`${what}; see: postern ${name} --help`);
  }
}

function failureText(error: unknown): string {
  if (error instanceof AuthError) return refusalText(error);
  const isForPeople =
    error instanceof CommandError || error instanceof ConfigError || error instanceof StoreRefusedError;
  return isForPeople ? error.message : `This failed: ${error instanceof Error ? error.message : 'unknown error'}`;
}
