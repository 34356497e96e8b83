// Makes a MongoDB user with the least rights that Postern needs, on one database. Run it once, as a user who may make
// roles and users:
//
//   DATABASE=postern USERNAME=postern PASSWORD='...' mongosh 'mongodb://admin:...@HOST/admin' create-user.js
//
// Then: DATABASE_URL=mongodb://postern:PASSWORD@HOST/postern?authSource=postern&replicaSet=NAME

const { DATABASE = 'postern', USERNAME = 'postern', PASSWORD } = process.env;
if (!PASSWORD) throw new Error('Give PASSWORD in the environment');

const database = db.getSiblingDB(DATABASE);

database.runCommand({
  createRole: 'posternService',
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

database.runCommand({
  createUser: USERNAME,
  pwd: PASSWORD,
  roles: [{ role: 'posternService', db: DATABASE }],
});

print(`The user ${USERNAME} may use the database ${DATABASE}`);
