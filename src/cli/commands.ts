import type { Command } from './command';

/**
 * Every command; loaded when it is asked for, so that none pays for another. With `require`, because this is CommonJS and `import()`
 * wants the name of the compiled file.
 */
export const COMMANDS: Readonly<Record<string, () => Command>> = {
  serve: () => (require('./commands/serve') as typeof import('./commands/serve')).serve,
  'create-admin': () => (require('./commands/create-admin') as typeof import('./commands/create-admin')).createAdmin,
  healthcheck: () => (require('./commands/healthcheck') as typeof import('./commands/healthcheck')).healthcheck,
  version: () => (require('./commands/version') as typeof import('./commands/version')).version,
};
