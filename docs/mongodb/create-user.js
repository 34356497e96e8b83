// Makes a MongoDB user with the least rights that Postern needs, on one database; given again, it sets the rights and
// the password anew. docs/install.md, "MongoDB: a user with the least rights", says how to run it.

const { DATABASE = 'postern', USERNAME = 'postern', PASSWORD } = process.env;
if (!PASSWORD) throw new Error('Give PASSWORD in the environment');

const ROLE = 'posternService';
const database = db.getSiblingDB(DATABASE);

const knownRoles = database.runCommand({ rolesInfo: ROLE });
database.runCommand({
  [knownRoles.roles.length > 0 ? 'updateRole' : 'createRole']: ROLE,
  privileges: [
    {
      // Every collection of this database, and of no other.
      resource: { db: DATABASE, collection: '' },
      actions: [
        // Accounts, sessions, failed logins, audit events, keys.
        'find',
        'insert',
        'update',
        'remove',
        // The revocation feed on a replica set.
        'changeStream',
        // Indexes that are missing at the start.
        'createCollection',
        'createIndex',
        'listIndexes',
        // The index by which old audit events go follows AUDIT_RETENTION_DAYS.
        'collMod',
      ],
    },
  ],
  roles: [],
});

const knownUsers = database.runCommand({ usersInfo: USERNAME });
database.runCommand({
  [knownUsers.users.length > 0 ? 'updateUser' : 'createUser']: USERNAME,
  pwd: PASSWORD,
  roles: [{ role: ROLE, db: DATABASE }],
});

print(`The user ${USERNAME} may use the database ${DATABASE}`);
