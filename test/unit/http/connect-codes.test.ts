import { connectCode } from '../../../src/http/connect/connect-codes';
import { Code } from '../../../src/transport/errors/code';

test.each([
  [Code.CANCELLED, { name: 'canceled', httpStatus: 499 }],
  [Code.DEADLINE_EXCEEDED, { name: 'deadline_exceeded', httpStatus: 504 }],
  [Code.UNAUTHENTICATED, { name: 'unauthenticated', httpStatus: 401 }],
  [Code.OK, { name: 'unknown', httpStatus: 500 }],
])('The code %i is written in the words of the Connect protocol', (code, written) => {
  expect(connectCode(code)).toEqual(written);
});
