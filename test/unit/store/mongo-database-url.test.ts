import { parseMongoUrl } from '../../../src/store/mongo/connection/database-url';
import { StoreRefusedError } from '../../../src/store/store';

function captureRefusal(url: string): string {
  try {
    parseMongoUrl(url);
  } catch (error) {
    expect(error).toBeInstanceOf(StoreRefusedError);
    expect(String(error)).not.toMatch(/canary/);
    return (error as Error).message;
  }
  return 'taken';
}

describe('The URL of a MongoDB store', () => {
  test('is shown without user, password and options, and names `postern` unless it names a database', () => {
    expect(parseMongoUrl('mongodb://ada:can%40ary@a:1,b:2/things?replicaSet=rs0&w=majority')).toMatchObject({
      description: 'mongodb://a:1,b:2/things',
      database: 'things',
      hosts: ['a:1', 'b:2'],
      isSrv: false,
    });
    for (const url of [
      'mongodb://h',
      'mongodb://h/',
      'mongodb://h/?tls=true',
      'mongodb://h?tls=true',
      'mongodb://[::1]:27017',
    ]) {
      expect(parseMongoUrl(url).database).toBe('postern');
    }
    expect(parseMongoUrl('mongodb+srv://x:y@cluster.example/db').isSrv).toBe(true);
  });

  test.each([
    'mongodb://ada:can@ary@host/x',
    'mongodb://ada:can%ary@host/x',
    'mongodb://ada:can%2@host/x',
    'mongodb://ada:can/ary@host/x',
    'mongodb://ada:can?ary@host/x',
    'mongodb://ada:can#ary@host/x',
    'mongodb://ada:can:ary@host/x',
    'mongodb://ada:can[ary@host/x',
    'mongodb://ada@x:canary@host/x',
    'mongodb://ada:canary@host:port/x',
    'mongodb+srv://ada:can@ary@host/x',
  ])('[G5] with an unescaped character in user or password says how to escape it: %s', (url) => {
    expect(captureRefusal(url)).toMatch(
      /^DATABASE_URL: a character in the user or the password must be escaped \(@ as %40, .*% as %25\)/,
    );
  });

  test.each(['admin', 'local', 'config', 'ADMIN'])('may not name MongoDB’s own database %s', (name) => {
    expect(captureRefusal(`mongodb://host/${name}`)).toMatch(
      new RegExp(`^DATABASE_URL: the database ${name} is MongoDB's own`),
    );
    expect(captureRefusal(`mongodb://ada:canary@host/${name}`)).toMatch(/authSource=/);
  });

  test('names every option that is unknown or would break a promise, and repeats no value', () => {
    expect(captureRefusal('mongodb://host/x?foo=canary')).toBe(
      'DATABASE_URL: the option foo is unknown; check how it is spelt, or remove it',
    );
    const both = captureRefusal(
      'mongodb://host/x?journal=false&w=1&tls=true&reTryWrites=true&replicaset=rs0&bar=canary',
    );
    expect(both).toMatch(
      /^DATABASE_URL: the option journal can only be true: .*; the option w can only be majority: .*; the option bar is unknown/,
    );
    expect(both).not.toMatch(/tls|retry|replicaset/i);
    expect(captureRefusal('mongodb://host/x?ss@canary=1')).toBe('DATABASE_URL: an option is unknown');
  });

  test.each([
    ['journal', '0'],
    ['J', 'false'],
    ['w', '0'],
    ['w', '3'],
    ['w', 'tagged'],
    ['wtimeoutMS', '1'],
    ['WTIMEOUT', '1000'],
    ['timeoutMS', '5'],
    ['readPreference', 'secondary'],
    ['readPreference', 'nearest'],
    ['readPreferenceTags', 'dc:a'],
    ['maxStalenessSeconds', '90'],
    ['readConcernLevel', 'local'],
    ['readConcernLevel', 'linearizable'],
    ['loadBalanced', 'true'],
    ['promoteLongs', 'false'],
    ['promoteValues', 'false'],
    ['useBigInt64', 'true'],
    ['raw', 'true'],
    ['ignoreUndefined', 'true'],
  ])('is refused by name for %s=%s', (name, value) => {
    const text = captureRefusal(`mongodb://host/x?${name}=${value}`);
    expect(text.toLowerCase()).toContain(`the option ${name.toLowerCase()} `);
    expect(text).not.toContain('unknown');
  });

  test.each(['authSource', 'replicaSet', 'appName', 'tlsCAFile'])('is refused when its option %s is empty', (name) => {
    for (const part of [name, `${name}=`]) {
      expect(captureRefusal(`mongodb://host/x?${part}`)).toBe(
        `DATABASE_URL: the option ${name} has no value; give it one, or remove it`,
      );
    }
  });

  test.each([
    'w=majority',
    'journal=true',
    'readConcernLevel=majority',
    'readPreference=primary',
    'tls=true',
    'maxPoolSize=5',
  ])('is taken with %s', (option) => expect(captureRefusal(`mongodb://host/x?${option}`)).toBe('taken'));

  test.each(['a b', 'a.b', 'a$b', 'a%00b'])('may not name the database "%s"', (name) => {
    expect(captureRefusal(`mongodb://host/${name}`)).toMatch(/a character that MongoDB forbids/);
  });

  test.each([
    'mongodb://',
    'mongodb:///x',
    'postgres://host/x',
    'mongodb://ho st/x',
  ])('is refused when it is none: %s', (url) => {
    expect(captureRefusal(url)).toBe(
      'DATABASE_URL: this is no MongoDB URL, such as mongodb://user:password@host:27017/postern',
    );
  });
});
