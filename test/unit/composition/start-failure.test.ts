import { AuthError } from '../../../src/auth/errors';
import { startFailureText } from '../../../src/composition/start-failure';
import { ConfigError } from '../../../src/config/config-error';
import { StoreRefusedError } from '../../../src/store/store';

test.each([
  ['EADDRINUSE', '::1', 50051, '[::1]:50051 is taken; stop what listens there, or set GRPC_ADDRESS or HTTP_ADDRESS'],
  ['EADDRNOTAVAIL', '192.0.2.1', 1, '192.0.2.1:1 is no address of this machine; set GRPC_ADDRESS'],
  ['EACCES', '/run/x.sock', -1, '/run/x.sock cannot be listened on (no permission, or no such directory); change'],
])('%s: says which address and what to do', (code, address, port, text) => {
  const error = Object.assign(new Error(`listen ${code}`), { code, address, port });
  expect(startFailureText(error)).toContain(`Postern could not start: ${text}`);
});

test('what is written for people is printed as it stands, anything else by its message', () => {
  expect(startFailureText(new StoreRefusedError('Do this.'))).toBe('Do this.');
  expect(startFailureText(new ConfigError(['A: b']))).toBe('Invalid configuration:\n  A: b');
  expect(startFailureText(new AuthError('STORE_UNAVAILABLE'))).toContain('does not answer. Check');
  expect(startFailureText(new Error('listen EADDRINUSE'))).toBe('Postern could not start: listen EADDRINUSE');
});
