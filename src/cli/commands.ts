import type { Command } from './command';

/**
 * Every command; loaded when it is asked for, so that none pays for another. With `require`, because this is CommonJS
 * and `import()` wants the name of the compiled file.
 */
export const COMMANDS: Readonly<Record<string, () => Command>> = {
  serve: () => (require('./commands/serve') as typeof import('./commands/serve')).serve,
  'create-admin': () => (require('./commands/create-admin') as typeof import('./commands/create-admin')).createAdmin,
  'users list': () => (require('./commands/users-list') as typeof import('./commands/users-list')).usersList,
  'users show': () => (require('./commands/users-show') as typeof import('./commands/users-show')).usersShow,
  'users set-roles': () =>
    (require('./commands/users-set-roles') as typeof import('./commands/users-set-roles')).usersSetRoles,
  'users disable': () =>
    (require('./commands/users-disable') as typeof import('./commands/users-disable')).usersDisable,
  'users enable': () => (require('./commands/users-enable') as typeof import('./commands/users-enable')).usersEnable,
  'users unlock': () => (require('./commands/users-unlock') as typeof import('./commands/users-unlock')).usersUnlock,
  'users delete': () => (require('./commands/users-delete') as typeof import('./commands/users-delete')).usersDelete,
  'sessions list': () =>
    (require('./commands/sessions-list') as typeof import('./commands/sessions-list')).sessionsList,
  'sessions revoke': () =>
    (require('./commands/sessions-revoke') as typeof import('./commands/sessions-revoke')).sessionsRevoke,
  'keys list': () => (require('./commands/keys-list') as typeof import('./commands/keys-list')).keysList,
  'keys rotate': () => (require('./commands/keys-rotate') as typeof import('./commands/keys-rotate')).keysRotate,
  audit: () => (require('./commands/audit') as typeof import('./commands/audit')).audit,
  doctor: () => (require('./commands/doctor') as typeof import('./commands/doctor')).doctor,
  migrate: () => (require('./commands/migrate') as typeof import('./commands/migrate')).migrate,
  healthcheck: () => (require('./commands/healthcheck') as typeof import('./commands/healthcheck')).healthcheck,
  version: () => (require('./commands/version') as typeof import('./commands/version')).version,
};
