import { AuthError } from '../../../src/auth/errors';
import type { Principal } from '../../../src/auth/tokens/principal';
import {
  AuthServiceService,
  BatchValidateResponse,
  BatchValidateResult,
} from '../../../src/gen/postern/auth/v1/auth_service';
import { withCachedElements, withCachedEncoding } from '../../../src/transport/methods/cached-encoding';
import { batchResultMessage } from '../../../src/transport/methods/messages';
import { unaryMethod } from '../../../src/transport/methods/method';

const ADA: Principal = {
  userId: 'u-1',
  username: 'ada',
  roles: ['user'],
  sessionId: 's-1',
  issuedAt: 1_700_000_000,
  expiresAt: 1_700_001_800,
  kind: 'person',
  apiKeyId: '',
};

const encodeResult = (result: BatchValidateResult) => Buffer.from(BatchValidateResult.encode(result).finish());

function remembered() {
  const plain = unaryMethod(AuthServiceService.batchValidate, () => ({ results: [] }));
  return withCachedElements<BatchValidateResult, BatchValidateResponse>(plain, {
    of: ({ results }) => results,
    only: (result) => ({ results: [result] }),
  });
}

describe('an answer whose elements are encoded for themselves', () => {
  it('reads as if it had been encoded as a whole, in order, however often an element comes', () => {
    const bob = { ...ADA, username: 'bob' };
    const results = [ADA, new AuthError('TOKEN_EXPIRED'), bob, ADA].map(batchResultMessage);
    const method = remembered();
    for (const order of [results, [...results].reverse(), []]) {
      expect(method.encode({ results: order })).toEqual(
        Buffer.from(BatchValidateResponse.encode({ results: order }).finish()),
      );
    }
  });

  it('encodes the result of one principal twice, and then no more', () => {
    const encode = jest.spyOn(BatchValidateResult, 'encode');
    const bob = { ...ADA, username: 'bob' };
    const method = remembered();
    for (let n = 0; n < 3; n += 1) method.encode({ results: [batchResultMessage(bob), batchResultMessage(bob)] });
    expect(encode).toHaveBeenCalledTimes(2);
  });
});

test('an answer that is remembered keeps no memory alive but its own bytes', () => {
  const method = withCachedEncoding(
    unaryMethod({ ...AuthServiceService.batchValidate, responseSerialize: encodeResult }, jest.fn()),
  );
  for (let n = 0; n < 3; n += 1) {
    const answer = batchResultMessage({ ...ADA, sessionId: `s-${n}` });
    const bytes = method.encode(answer);
    const again = method.encode(answer);
    expect(again).toEqual(bytes);
    expect(again).not.toBe(bytes);
    expect(method.encode(answer)).toBe(again);
    expect(again.buffer.byteLength).toBe(again.length);
  }
});
