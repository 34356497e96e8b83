import type { Command } from './command';

/**
 * Every command; loaded when it is asked for, so that none pays for another. With `require`, because this is CommonJS
 * and `import()` wants the name of the compiled file.
 */
export const COMMANDS: Readonly<Record<string, () => Command>> = {
  serve: () => (require('./commands/serve') as typeof import('./commands/serve')).serve,
  'create-admin': () => (require('./commands/create-admin') as typeof import('./commands/create-admin')).createAdmin,
  'users create': () => (require('./commands/users-create') as typeof import('./commands/users-create')).usersCreate,
  'users list': () => (require('./commands/users-list') as typeof import('./commands/users-list')).usersList,
  'users show': () => (require('./commands/users-show') as typeof import('./commands/users-show')).usersShow,
  'users set-roles': () =>
    (require('./commands/users-set-roles') as typeof import('./commands/users-set-roles')).usersSetRoles,
  'users disable': () =>
    (require('./commands/users-disable') as typeof import('./commands/users-disable')).usersDisable,
  'users enable': () => (require('./commands/users-enable') as typeof import('./commands/users-enable')).usersEnable,
  'users export': () => (require('./commands/users-export') as typeof import('./commands/users-export')).usersExport,
  'users import': () => (require('./commands/users-import') as typeof import('./commands/users-import')).usersImport,
  'users unlock': () => (require('./commands/users-unlock') as typeof import('./commands/users-unlock')).usersUnlock,
  'users set-password': () =>
    (require('./commands/users-set-password') as typeof import('./commands/users-set-password')).usersSetPassword,
  'users set-email': () =>
    (require('./commands/users-set-email') as typeof import('./commands/users-set-email')).usersSetEmail,
  'users delete': () => (require('./commands/users-delete') as typeof import('./commands/users-delete')).usersDelete,
  'sessions list': () =>
    (require('./commands/sessions-list') as typeof import('./commands/sessions-list')).sessionsList,
  'sessions revoke': () =>
    (require('./commands/sessions-revoke') as typeof import('./commands/sessions-revoke')).sessionsRevoke,
  'service-accounts create': () =>
    (require('./commands/service-accounts-create') as typeof import('./commands/service-accounts-create'))
      .serviceAccountsCreate,
  'service-accounts list': () =>
    (require('./commands/service-accounts-list') as typeof import('./commands/service-accounts-list'))
      .serviceAccountsList,
  'service-accounts disable': () =>
    (require('./commands/service-accounts-disable') as typeof import('./commands/service-accounts-disable'))
      .serviceAccountsDisable,
  'service-accounts delete': () =>
    (require('./commands/service-accounts-delete') as typeof import('./commands/service-accounts-delete'))
      .serviceAccountsDelete,
  'api-keys create': () =>
    (require('./commands/api-keys-create') as typeof import('./commands/api-keys-create')).apiKeysCreate,
  'api-keys list': () => (require('./commands/api-keys-list') as typeof import('./commands/api-keys-list')).apiKeysList,
  'api-keys rotate': () =>
    (require('./commands/api-keys-rotate') as typeof import('./commands/api-keys-rotate')).apiKeysRotate,
  'api-keys revoke': () =>
    (require('./commands/api-keys-revoke') as typeof import('./commands/api-keys-revoke')).apiKeysRevoke,
  'keys list': () => (require('./commands/keys-list') as typeof import('./commands/keys-list')).keysList,
  'keys rotate': () => (require('./commands/keys-rotate') as typeof import('./commands/keys-rotate')).keysRotate,
  audit: () => (require('./commands/audit') as typeof import('./commands/audit')).audit,
  'mail test': () => (require('./commands/mail-test') as typeof import('./commands/mail-test')).mailTest,
  doctor: () => (require('./commands/doctor') as typeof import('./commands/doctor')).doctor,
  'migrate-store': () =>
    (require('./commands/migrate-store') as typeof import('./commands/migrate-store')).migrateStoreTo,
  migrate: () => (require('./commands/migrate') as typeof import('./commands/migrate')).migrate,
  healthcheck: () => (require('./commands/healthcheck') as typeof import('./commands/healthcheck')).healthcheck,
  version: () => (require('./commands/version') as typeof import('./commands/version')).version,
};
