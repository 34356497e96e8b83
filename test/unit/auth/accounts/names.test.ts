import { foldCase } from '../../../../src/auth/accounts/case-folding';
import { comparisonKey, emailKey } from '../../../../src/auth/accounts/names';

/** Every Unicode scalar value. */
function* scalarValues(): Generator<string> {
  for (let code = 0; code < 0x110000; code += 1) if (code < 0xd800 || code > 0xdfff) yield String.fromCodePoint(code);
}

/** The version of Unicode that the table of foldings has; Node 20.19 has an older one. */
const UNICODE = 17;

/** Whether this runtime knows the upper case of a character: not if it was assigned after the runtime was made. */
function hasUpperCaseHere(character: string): boolean {
  return Number.parseInt(process.versions.unicode ?? '', 10) >= UNICODE || /\P{Cn}/u.test(character);
}

test('Case folding agrees with the upper case of this runtime for every character that it knows [A10]', () => {
  const upper = (text: string) => text.toUpperCase().normalize('NFC');
  const wrong = [...scalarValues()]
    .filter(hasUpperCaseHere)
    .filter((character) => upper(foldCase(character)) !== upper(character));
  // Capitals without a lower case of their own: they fold to the letters of another capital.
  expect(wrong).toEqual(['\u03f4', '\u1e9e']);
});

test('A comparison key is its own comparison key, whatever the character [A10]', () => {
  const wrong = [...scalarValues()].filter((character) => {
    const key = comparisonKey(character);
    return comparisonKey(key) !== key;
  });
  expect(wrong).toEqual([]);
});

test.each([
  ['straße', 'STRASSE', 'STRAẞE', 'strasse', 'ﬆrasse'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφος', 'σίσυφοσ'],
  ['İx', 'i\u0307x', 'I\u0307X'],
  ['Ada', 'ADA', 'ａｄａ', '𝓐𝓭𝓪'],
  ['café', 'CAFE\u0301'],
  ['\u1fb3x', 'αιx', 'ΑΙX', '\u03b1\u0345x'],
])('The names %s, %s, ... are one name [A10]', (...names) => {
  expect(new Set(names.map(comparisonKey)).size).toBe(1);
});

test.each([
  ['alı', 'ali'],
  ['ALI', 'alı'],
  ['kK', 'kq'],
  ['naive', 'naïve'],
])('The names %s and %s are two names [A10]', (one, other) => {
  expect(comparisonKey(one)).not.toBe(comparisonKey(other));
});

test.each([
  [
    'ada@bücher.example',
    'ADA@BÜCHER.Example',
    'ada@xn--bcher-kva.example',
    'Ada@XN--BCHER-KVA.EXAMPLE',
    'ada@bücher。example',
  ],
  ['straße@example.com', 'STRASSE@EXAMPLE.COM'],
  ['ada@1.example', 'ADA@1.example'],
])('The emails %s, %s, ... are one email [A10]', (...emails) => {
  expect(new Set(emails.map(emailKey)).size).toBe(1);
});

test('An email of one domain is not one of another that its case folding meets [A10]', () => {
  expect(emailKey('ada@straße.example')).toBe('ada@xn--strae-oqa.example');
  expect(emailKey('ada@strasse.example')).toBe('ada@strasse.example');
});

test.each([
  ['ada@0x7f.1', 'ada@0x7f.1'],
  ['ada@é.1', 'ada@é.1'],
  ['ada@é/x:80', 'ada@é/x:80'],
  ['ada@xn--é', 'ada@xn--é'],
  ['@', '@'],
  ['Ada', 'ada'],
  ['a@b@EXAMPLE.com', 'a@b@example.com'],
  ['ada@\ud800', 'ada@\ud800'],
])('The key of the text %j, whose domain is no internationalised one, is %j', (text, key) => {
  expect(emailKey(text)).toBe(key);
});
