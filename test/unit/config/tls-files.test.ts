import { anAuthority } from '../../support/clients/certificates';
import { fileIn, listFaults, loadWith, removeDirectories, runtimeFacts } from './runtime-facts';

afterAll(removeDirectories);

const authority = anAuthority();
const issued = authority.issue('localhost');
const at = runtimeFacts();
const cert = fileIn(at, 'cert.pem', issued.cert);
const key = fileIn(at, 'key.pem', issued.key);
const clientCa = fileIn(at, 'ca.pem', authority.cert);
const otherKey = fileIn(at, 'other-key.pem', authority.issue('localhost').key);
const noPem = fileIn(at, 'no.pem', 'not PEM');

test('TLS is off without files, on with a pair, mutual with a client authority', () => {
  expect(loadWith({}, at).tls).toBeUndefined();
  expect(loadWith({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }, at).tls).toEqual({
    certFile: cert,
    keyFile: key,
    clientCaFile: undefined,
  });
  const mutual = { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: clientCa };
  expect(loadWith(mutual, at).tls?.clientCaFile).toBe(clientCa);
});

test.each([
  ['the certificate alone', { TLS_CERT_FILE: cert }, ['TLS_KEY_FILE']],
  ['the key alone', { TLS_KEY_FILE: key }, ['TLS_CERT_FILE']],
  ['the client authority alone', { TLS_CLIENT_CA_FILE: clientCa }, ['TLS_CERT_FILE', 'TLS_KEY_FILE']],
  ['a file that is not there', { TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: key }, ['TLS_CERT_FILE']],
  ['the key of another certificate', { TLS_CERT_FILE: cert, TLS_KEY_FILE: otherKey }, ['TLS_KEY_FILE']],
  ['a certificate that is none', { TLS_CERT_FILE: noPem, TLS_KEY_FILE: key }, ['TLS_CERT_FILE']],
  ['a key that is none', { TLS_CERT_FILE: cert, TLS_KEY_FILE: noPem }, ['TLS_KEY_FILE']],
  [
    'an authority that is none',
    { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, TLS_CLIENT_CA_FILE: noPem },
    ['TLS_CLIENT_CA_FILE'],
  ],
])('Configuration refuses %s [E1]', (_what, env, names) => {
  const faults = listFaults(env as Record<string, string>, at);
  expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual(names);
});
