import { emailFault, FieldCheck, usernameFault } from '../../../../src/auth/accounts/account-fields';
import { printableText } from '../../../../src/auth/accounts/printable-text';

const IGNORABLE = [
  '\ufe0f',
  '\u3164',
  '\u115f',
  '\u1160',
  '\u17b4',
  '\uffa0',
  '\u034f',
  '\u{e0100}',
  '\u200b',
  '\u200d',
  '\u00ad',
];

test.each(IGNORABLE)('Register takes no username or email with the invisible character %j [A10]', (character) => {
  for (const name of [`root${character}`, `ro${character}ot`, `${character}root`]) {
    expect(usernameFault(name)).toMatch(/letters, digits/);
    expect(emailFault(`${name}@example.com`)).toMatch(/email address/);
    expect(emailFault(`root@${name}.example`)).toMatch(/email address/);
  }
});

test('Register takes no username with any character of Default_Ignorable_Code_Point [A10]', () => {
  const accepted: string[] = [];
  for (let code = 0; code < 0xe1000; code += 1) {
    const character = String.fromCodePoint(code);
    if (/\p{Default_Ignorable_Code_Point}/u.test(character) && usernameFault(`root${character}`) === undefined) {
      accepted.push(code.toString(16));
    }
  }
  expect(accepted).toEqual([]);
});

test.each([
  'ada',
  'Ada.Lovelace',
  'a-b_c',
  '3com',
  'Ödön',
  'जॉन',
  '小明同',
  'cafe\u0301',
])('Register takes the username %s', (name) => expect(usernameFault(name)).toBeUndefined());

test.each([
  'ad',
  'a'.repeat(65),
  '.ada',
  '-ada',
  '_ada',
  'ada@x',
  'a da',
  'ada!',
  'ada\n',
  '\u0301da',
])('Register does not take the username %j', (name) => expect(usernameFault(name)).toBeDefined());

test.each([
  ['Ada\u202e moor', 'Ada moor'],
  ['\u2066Ada\u2069\u200e\u200f\u061c', 'Ada'],
  ['a\r\n\tb\u0085c\u2028d', 'a b c d'],
  ['\u001b[31mred\u0007', '[31mred'],
  ['👩\u200d💻 laptop', '👩\u200d💻 laptop'],
  [' Ada’s iPhone ', 'Ada’s iPhone'],
])('The device name %j is listed as %j [F3]', (given, listed) => {
  expect(printableText(given)).toBe(listed);
});

test('INVALID_FIELDS keeps every description short, so that clients take the trailers', () => {
  const check = new FieldCheck().add('a', 'x'.repeat(10_000)).add('b', 'short');
  expect(() => check.done()).toThrow(
    expect.objectContaining({
      violations: [
        { field: 'a', description: `${'x'.repeat(499)}…` },
        { field: 'b', description: 'short' },
      ],
    }),
  );
});
