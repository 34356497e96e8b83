import { checkTls } from '../../../src/cli/doctor/check-tls';

test('The doctor warns of a service without TLS in production, and of no other', () => {
  const [inProduction, elsewhere] = [checkTls(undefined, true, Date.now()), checkTls(undefined, false, Date.now())];
  expect(inProduction).toEqual([
    { check: 'tls', level: 'warning', message: expect.stringMatching(/^Off: .* set TLS_CERT_FILE and TLS_KEY_FILE$/) },
  ]);
  expect(elsewhere).toEqual([{ check: 'tls', level: 'ok', message: 'Off; not in production' }]);
});
