import fc from 'fast-check';
import { ValidateRequest } from '../../../src/gen/postern/auth/v1/auth_service';
import { decodeValidateRequest } from '../../../src/transport/methods/validate-request';
import { anyCharacter } from '../../support/texts/any-character';

/** What a decoder makes of bytes, or that it throws. */
function outcome(decode: (bytes: Uint8Array) => ValidateRequest, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return 'throws';
  }
}

function expectAsGenerated(bytes: Buffer): void {
  const expected = outcome(ValidateRequest.decode, bytes);
  expect(outcome(decodeValidateRequest, bytes)).toEqual(expected);
  expect(outcome(decodeValidateRequest, new Uint8Array(bytes))).toEqual(expected);
}

describe('the decoder of ValidateRequest', () => {
  it('gives what the generated one gives for every token and every flag', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({ unit: anyCharacter, minLength: 100, maxLength: 300 }),
      fc.constantFrom(
        'a'.repeat(127),
        'a'.repeat(128),
        'a'.repeat(16_383),
        'a'.repeat(16_384),
        `\ufeff${'a'.repeat(200)}`,
      ),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), fc.boolean(), (accessToken, allowAnonymous, fresh) => {
        expectAsGenerated(Buffer.from(ValidateRequest.encode({ accessToken, allowAnonymous, fresh }).finish()));
      }),
    );
  });

  it('gives what the generated one gives for bytes that are no text or no message', () => {
    const long = { minLength: 120, maxLength: 400 };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => expectAsGenerated(Buffer.from(bytes))));
    fc.assert(
      fc.property(fc.uint8Array(long), fc.integer({ min: -2, max: 2 }), (text, wrong) => {
        const length = text.length + wrong;
        const prefix = [0x0a, (length & 127) | 128, length >> 7];
        expectAsGenerated(Buffer.concat([Buffer.from(prefix), text]));
      }),
    );
  });

  it.each([
    ['a length of one byte, and more behind the token', [0x0a, 1, 1], 3 + 1 + 1 * 128],
    ['a length of three bytes', [0x0a, 0x80, 0x80, 0x00], 3 + 0x80 * 128],
  ])('is not deceived by %s', (_what, start, length) => {
    expectAsGenerated(Buffer.concat([Buffer.from(start), Buffer.alloc(length - start.length)]));
  });

  it('gives a token that is alone in its message without the generated decoder', () => {
    const generated = jest.spyOn(ValidateRequest, 'decode');
    const accessToken = 'a'.repeat(420);
    const bytes = Buffer.from(ValidateRequest.encode({ accessToken, allowAnonymous: false, fresh: false }).finish());
    expect(decodeValidateRequest(bytes)).toEqual({ accessToken, allowAnonymous: false, fresh: false });
    expect(generated).not.toHaveBeenCalled();
    generated.mockRestore();
  });
});
