import fc from 'fast-check';
import * as theirs from '../../../src/gen/postern/auth/v1/auth_service';
import * as ours from '../src/gen/postern/auth/v1/auth_service';

const text = fc.string({ unit: 'binary' });
const time = fc.date({ min: new Date(-1e12), max: new Date(4e12), noInvalidDate: true });
const principal = fc.record({
  userId: text,
  username: text,
  roles: fc.array(text),
  sessionId: text,
  issuedAt: fc.option(time, { nil: undefined }),
  expiresAt: fc.option(time, { nil: undefined }),
  anonymous: fc.boolean(),
  anonymousReason: text,
  kind: fc.constantFrom(0, 1, 2),
  apiKeyId: text,
});
const error = fc.record({ code: fc.integer(), reason: text, message: text });
const outcome = fc.oneof(
  principal.map((value) => ({ $case: 'principal' as const, principal: value })),
  error.map((value) => ({ $case: 'error' as const, error: value })),
);
const response = fc.record({ results: fc.array(fc.record({ outcome: fc.option(outcome, { nil: undefined }) })) });

test('Messages are written and read as @bufbuild/protobuf does', () => {
  fc.assert(
    fc.property(response, (message) => {
      const bytes = theirs.BatchValidateResponse.encode(message as theirs.BatchValidateResponse).finish();
      const read = ours.BatchValidateResponse.decode(bytes);
      expect(read).toEqual(theirs.BatchValidateResponse.decode(bytes));
      expect(Buffer.from(ours.BatchValidateResponse.encode(read).finish())).toEqual(Buffer.from(bytes));
    }),
  );
});

test('Bytes that are no message are refused as @bufbuild/protobuf refuses them, and read alike where they are one', () => {
  const attempt = (decode: () => unknown): unknown => {
    try {
      return decode();
    } catch {
      return 'refused';
    }
  };
  const some = Buffer.from(
    ours.WatchRevocationsResponse.encode({
      event: { $case: 'heartbeat', heartbeat: { freshAt: new Date(1_800_000_000_123) } },
      resumeToken: '1800000000123',
    }).finish(),
  );
  const changed = fc.tuple(fc.nat(some.length - 1), fc.nat(255), fc.nat(some.length)).map(([at, byte, length]) =>
    Buffer.from(some)
      .fill(byte, at, at + 1)
      .subarray(0, length),
  );
  // Random bytes hold few groups: tags of three numbers with each wire type, and what may follow.
  const groups = fc.array(fc.constantFrom(0, 1, 2, 3, 4, 8, 0xb, 0xc, 0xd, 0x13, 0x14, 0x23, 0x24, 0x80, 0xff), {
    maxLength: 24,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
        groups.map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        const mine = attempt(() => ours.WatchRevocationsResponse.decode(bytes));
        const other = attempt(() => theirs.WatchRevocationsResponse.decode(bytes));
        // A number that is too large for JavaScript is an error of theirs only in the converted field. A
        // varint has at most ten bytes; in a field that is not known theirs passes over any number of them.
        if (mine === 'refused' && hasLongVarint(bytes)) return;
        expect(mine).toEqual(other);
      },
    ),
    { numRuns: 3_000 },
  );
});

/** Whether ten bytes in a row say that the varint goes on. */
function hasLongVarint(bytes: Buffer): boolean {
  return /[\x80-\xff]{10}/.test(bytes.toString('latin1'));
}

test.each([
  ['whose group within a group ends as another', '0b130c0c'],
  ['whose group has a field without a number', '0b00000c'],
  ['whose group ends without a number', '0b04'],
  ['whose group has a tag of more than 32 bits', '0bf4ffffff1f0c'],
  ['whose group has a wire type that there is not', '0b0e0c'],
  ['whose group has no end', '0b0801'],
])('A message %s is refused, as @bufbuild/protobuf does', (_, hex) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(() => theirs.BatchValidateError.decode(bytes)).toThrow();
  expect(() => ours.BatchValidateError.decode(bytes)).toThrow(RangeError);
});

test('Fields that are not known, groups among them, are passed over', () => {
  const known = Buffer.from(ours.BatchValidateError.encode({ code: 16, reason: 'X', message: 'm' }).finish());
  // Field 100: a varint, eight bytes, four bytes, a length, and a group that holds one of each.
  const unknown = Buffer.from(
    'a006ff01' + 'a1060102030405060708' + 'a50601020304' + 'a20602ffff' + 'a306a0060aa406',
    'hex',
  );
  const read = ours.BatchValidateError.decode(Buffer.concat([unknown, known, unknown]));
  expect(read).toEqual({ code: 16, reason: 'X', message: 'm' });
  expect(theirs.BatchValidateError.decode(Buffer.concat([unknown, known, unknown]))).toEqual(read);
});
