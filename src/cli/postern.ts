import { parseArgs } from 'node:util';
import { AuthError } from '../auth/errors';
import { startFailureCode } from '../composition/start-failure';
import { ConfigError } from '../config/config';
import { nearestName } from '../config/nearest-name';
import { StoreRefusedError } from '../store/store';
import { type Command, CommandError, type OptionValues, type Terminal } from './command';
import { COMMANDS } from './commands';
import { alignColumns } from './print';
import { refusalText } from './refusal-text';

const EXIT_REFUSED = 1;

/** Runs one command line; resolves with the exit code. */
export async function postern(args: readonly string[], terminal: Terminal = process): Promise<number> {
  const [first = 'help', second = ''] = args[0] === '--version' ? ['version'] : args;
  if (['help', '--help', '-h'].includes(first)) {
    terminal.stdout.write(overview(Object.keys(COMMANDS)));
    return 0;
  }
  const name = [`${first} ${second}`, first].find((each) => Object.hasOwn(COMMANDS, each));
  const command = name === undefined ? undefined : COMMANDS[name]?.();
  if (name === undefined || command === undefined) return noSuchCommand(first, second, terminal);
  try {
    const { values, positionals } = read(command, name, args.slice(name.split(' ').length));
    if (values.help === true) {
      terminal.stdout.write(`postern ${name}: ${command.summary}\n\n${command.help}\n`);
      return 0;
    }
    return await command.run(values, terminal, positionals);
  } catch (error) {
    terminal.stderr.write(`${failureText(error)}\n`);
    return startFailureCode(error);
  }
}

/** `postern users` and `postern users --help` list what there is below. */
function noSuchCommand(first: string, second: string, { stdout, stderr }: Terminal): number {
  const group = Object.keys(COMMANDS).filter((name) => name.startsWith(`${first} `));
  if (group.length > 0 && ['', 'help', '--help', '-h'].includes(second)) {
    stdout.write(overview(group));
    return 0;
  }
  const names = Object.keys(COMMANDS);
  const firstWords = names.map((name) => name.replace(/ .*/, ''));
  const near = nearestName(`${first} ${second}`, names) ?? nearestName(first, firstWords);
  const hint = near === undefined ? '' : `; did you mean: postern ${near}`;
  stderr.write(`There is no command of this name${hint}; see: postern --help\n`);
  return EXIT_REFUSED;
}

function overview(names: readonly string[]): string {
  const list = alignColumns(names.map((name) => [`  ${name}`, COMMANDS[name]?.().summary ?? '']));
  return `postern COMMAND [OPTIONS]\n\n${list}\nMore on each: postern COMMAND --help. Settings: environment and .env, see docs/configuration.md.\n`;
}

function read(command: Command, name: string, args: readonly string[]) {
  const options = { ...command.options, help: { type: 'boolean', short: 'h' } } as const;
  const given = parse([...args], options, name);
  const { min, max } = command.operands ?? { min: 0, max: 0 };
  const fits = given.positionals.length >= min && given.positionals.length <= max;
  // What stands in the wrong place may be a secret: it is not repeated.
  if (!fits && given.values.help !== true) {
    const labels = readOperandLabels(command, name);
    const missing = labels[given.positionals.length] ?? 'Something';
    const taken = labels.length === 0 ? 'options only' : `${labels.join(' ')} and options`;
    const fault =
      given.positionals.length < min
        ? `${missing} is missing`
        : `Word ${max + 1} after "postern ${name}" is one too many: the command takes ${taken}`;
    throw new CommandError(`${fault}; see: postern ${name} --help`);
  }
  return given;
}

/** The operands as the usage line of the help names them, such as USER. */
function readOperandLabels({ help }: Command, name: string): string[] {
  const [usage = ''] = help.split('\n');
  const words = usage.slice(`postern ${name}`.length).split(' ');
  // What follows an option is its value.
  return words.filter((word, at) => /^[A-Z][A-Z_-]*(\.\.\.)?$/.test(word) && !/^\[?--/.test(words[at - 1] ?? ''));
}

function parse(
  args: string[],
  options: Command['options'],
  name: string,
): { values: OptionValues; positionals: string[] } {
  const { tokens, ...given } = parseTokens(args, options, name);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  // parseArgs takes the last of two values in silence.
  const repeated = names.find((each, at) => names.indexOf(each) < at && isSingleValued(options[each]));
  if (repeated !== undefined) throw new CommandError(`--${repeated} may be given once; see: postern ${name} --help`);
  return given;
}

function isSingleValued(option: Command['options'][string] | undefined): boolean {
  return option?.type === 'string' && option.multiple !== true;
}

function parseTokens(args: string[], options: Command['options'], name: string) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true, tokens: true });
  } catch (error) {
    // Node's text names the option, never the value of one.
    const [what = ''] = error instanceof Error ? error.message.split('. ') : [];
    const [, unknown = ''] = /^Unknown option '--([^']+)'/.exec(what) ?? [];
    const near = nearestName(unknown, Object.keys(options));
    const hint = near === undefined ? '' : `; did you mean: --${near}`;
    throw new CommandError(`${what}${hint}; see: postern ${name} --help`);
  }
}

function failureText(error: unknown): string {
  if (error instanceof AuthError) return refusalText(error);
  const isForPeople =
    error instanceof CommandError || error instanceof ConfigError || error instanceof StoreRefusedError;
  return isForPeople ? error.message : `This failed: ${error instanceof Error ? error.message : 'unknown error'}`;
}
