import { createHmac, createPublicKey, createSecretKey, verify as verifySignature } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { SigningAlgorithm } from '../../../src/crypto/keys/keyring';
import { aSubject, aTokenIssuer, encoded, signed, splitToken } from '../../contract/token-issuer';

const SECRET_KEY = 'a secret with ümlauts that other services share';
const secrets = { current: createSecretKey(Buffer.from(SECRET_KEY)), previous: undefined };
const UNLIMITED = Number.MAX_SAFE_INTEGER;

describe('a service that shares SECRET_KEY', () => {
  it('verifies with jsonwebtoken and the text of the secret', async () => {
    const { tokens } = await aTokenIssuer('HS256', { secrets });
    const subject = aSubject();
    const { token } = tokens.issue(subject, UNLIMITED);
    const payload = jwt.verify(token, SECRET_KEY, { algorithms: ['HS256'], issuer: 'postern', audience: 'postern' });
    expect(payload).toMatchObject({ sub: subject.userId, sid: subject.sessionId, roles: ['user'] });
  });

  it('verifies with nothing but an HMAC', async () => {
    const { tokens } = await aTokenIssuer('HS256', { secrets });
    const [header, payload, signature] = tokens.issue(aSubject(), UNLIMITED).token.split('.');
    expect(createHmac('sha256', SECRET_KEY).update(`${header}.${payload}`).digest('base64url')).toBe(signature);
  });
});

describe.each(['ES256', 'RS256'] as const)('a service that reads the published keys (%s)', (algorithm) => {
  it('verifies with node:crypto and with jsonwebtoken', async () => {
    const { tokens, keyring } = await aTokenIssuer(algorithm);
    const { token } = tokens.issue(aSubject(), UNLIMITED);
    const [published] = keyring.jwks().keys;
    expect(published).toMatchObject({ kid: splitToken(token).header.kid, alg: algorithm, use: 'sig' });
    const key = createPublicKey({ key: { ...published }, format: 'jwk' });
    const [header, payload, signature = ''] = token.split('.');
    const text = Buffer.from(`${header}.${payload}`);
    const bytes = Buffer.from(signature, 'base64url');
    expect(verifySignature('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true);
    expect(jwt.verify(token, key, { algorithms: [algorithm] })).toMatchObject({ iss: 'postern' });
  });

  it('cannot pass an HMAC keyed with the public key, in any of its forms, off as a signature [C1]', async () => {
    const { tokens, keyring } = await aTokenIssuer(algorithm);
    const { header, payload } = splitToken(tokens.issue(aSubject(), UNLIMITED).token);
    const [published] = keyring.jwks().keys;
    const key = createPublicKey({ key: { ...published }, format: 'jwk' });
    const pem = key.export({ format: 'pem', type: 'spki' }).toString();
    const pkcs1 =
      algorithm === 'RS256'
        ? [key.export({ format: 'pem', type: 'pkcs1' }), key.export({ format: 'der', type: 'pkcs1' })]
        : [];
    const forms = [
      ...[pem, pem.trim(), pem.replaceAll('\n', '\r\n'), pem.replaceAll('\n', '')],
      ...[key.export({ format: 'der', type: 'spki' }), ...pkcs1],
      ...[JSON.stringify(published), JSON.stringify(key.export({ format: 'jwk' })), JSON.stringify(keyring.jwks())],
      ...[published?.x, published?.y, published?.n, published?.kid].flatMap((text) =>
        text === undefined ? [] : [text, Buffer.from(text, 'base64url')],
      ),
    ];
    const algorithms: SigningAlgorithm[] = ['HS256', algorithm];
    for (const form of forms) {
      const secret = createSecretKey(Buffer.from(form as string));
      for (const alg of algorithms) {
        const forged = signed({ ...header, alg }, payload, secret, 'HS256');
        expect(() => tokens.verify(forged)).toThrow('INVALID_TOKEN');
      }
    }
  });

  it('cannot use SECRET_KEY either: a shared secret makes no token here [C1]', async () => {
    const { tokens } = await aTokenIssuer(algorithm, { secrets });
    const shared = await aTokenIssuer('HS256', { secrets });
    const { header, payload } = splitToken(tokens.issue(aSubject(), UNLIMITED).token);
    expect(() => tokens.verify(shared.tokens.issue(aSubject(), UNLIMITED).token)).toThrow('INVALID_TOKEN');
    for (const alg of ['HS256', algorithm]) {
      expect(() => tokens.verify(signed({ ...header, alg }, payload, secrets.current, 'HS256'))).toThrow(
        'INVALID_TOKEN',
      );
    }
    expect(() => tokens.verify(`${encoded({ ...header, alg: 'none' })}.${encoded(payload)}.`)).toThrow('INVALID_TOKEN');
  });
});
