/** Command lines that ask a filled store for something, without changing much. */
export const COMMANDS: readonly (readonly string[])[] = [
  ['users', 'list'],
  ['users', 'list', '--query', 'user-49'],
  ['users', 'list', '--role', 'admin'],
  ['users', 'list', '--role', 'moderator', '--query', 'user'],
  ['users', 'list', '--locked'],
  ['users', 'show', 'user-1'],
  ['users', 'unlock', 'user-1'],
  ['service-accounts', 'list'],
  ['sessions', 'list', 'user-153'],
  ['sessions', 'revoke', '--user', 'user-154'],
  ['api-keys', 'list', 'user-153'],
  ['audit'],
  ['audit', '--user', 'user-1', '--type', 'password.changed'],
  ['audit', '--since', '1h'],
  ['audit', '--until', '2020-01-01'],
  ['keys', 'list'],
];
