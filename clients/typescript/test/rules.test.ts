import { readBearer } from '../src/middleware/bearer';
import { compileRules } from '../src/middleware/rules';
import { normalizePath } from '../src/web/request-path';

test('The first rule that matches counts, and what none matches wants a token', () => {
  const find = compileRules([
    { match: '/a/b', public: true },
    { match: '/a/*', optional: true },
    { match: '/c', methods: ['get'], roles: ['x'] },
  ]);
  const access = (path: string, method?: string) => find(path, method).access;
  expect(['/a/b', '/a/c', '/a', '/ab', '/a/b/c', '/'].map((path) => access(path))).toEqual([
    'public',
    'optional',
    'optional',
    'token',
    'optional',
    'token',
  ]);
  expect(find('/c', 'GET').roles).toEqual(['x']);
  expect(find('/c', 'POST').roles).toEqual([]);
  expect(compileRules([{ match: '*', public: true }])('/whatever').access).toBe('public');
});

test('A rule for GET is for HEAD as well', () => {
  const find = compileRules([
    { match: '/a', methods: ['get'], roles: ['x'] },
    { match: '/a', public: true },
  ]);
  expect(['GET', 'HEAD', 'POST'].map((method) => find('/a', method).access)).toEqual(['token', 'token', 'public']);
});

test('More paths than are remembered are all found', () => {
  const find = compileRules([{ match: '/a/*', public: true }]);
  for (let n = 0; n < 3_000; n += 1)
    expect(find(`/${n % 2 === 0 ? 'a' : 'b'}/${n}`).access).toBe(n % 2 === 0 ? 'public' : 'token');
});

test.each([
  ['/a/b?x=/../c#d', '/a/b'],
  ['/', '/'],
  ['', '/'],
  ['/a/', '/a'],
  ['/A/b', '/a/b'],
  ['/a/./b/../c', '/a/c'],
  ['/a/%2e%2E/c', '/c'],
  ['/a\\..\\c', '/c'],
  ['//a//b', '/a/b'],
  ['///x/../a', '/a'],
  ['/%61%5F%7e', '/a_~'],
  ['/a%2Fb', '/a%2fb'],
  ['http://other/a/b', '/a/b'],
  ['HTTPS://other', '/'],
  ['/..', '/'],
  ['/a/...', '/a/...'],
  ['/é', '/%c3%a9'],
  ['*', '/*'],
])('The target %s is the path %s', (target, path) => {
  expect(normalizePath(target, false)).toBe(path);
});

test('Capitals count only where the application says so', () => {
  expect(normalizePath('/A/b/', true)).toBe('/A/b');
});

test.each([
  ['Bearer abc', 'abc'],
  ['bearer   abc  ', 'abc'],
  ['BEARER abc', 'abc'],
  [undefined, ''],
  ['', ''],
  ['Bearer', ''],
  ['Bearer ', ''],
  ['Basic abc', ''],
  ['Bearer a b', ''],
  ['Bearerabc', ''],
])('The token of %p is %p', (authorization, token) => {
  expect(readBearer(authorization)).toBe(token);
});
