import { toSendError } from '../../../src/mail/smtp/smtp-failure';

const explain = (message: string) =>
  toSendError(Object.assign(new Error(message), { code: 'ESOCKET' }), 'ada@example.com').message;

test('What went wrong with a certificate is reported in the words of OpenSSL', () => {
  expect(explain('self-signed certificate in certificate chain')).toBe(
    'The connection to the mail server failed: self-signed certificate in certificate chain (ESOCKET)',
  );
});

test('A text about a certificate is repeated up to a hundred characters on both sides of the word', () => {
  const text = explain(`${'before '.repeat(1_000)}certificate${' after'.repeat(1_000)}`);
  expect(text).toMatch(/^The connection to the mail server failed: .*before certificate after.* \(ESOCKET\)$/);
  expect(text.length).toBeLessThan(300);
});
