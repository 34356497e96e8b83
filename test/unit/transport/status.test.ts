import { status as Code } from '@grpc/grpc-js';
import { AuthError, CallEndedError, REASONS } from '../../../src/auth/errors';
import { BadRequest, ErrorInfo, RetryInfo } from '../../../src/gen/google/rpc/error_details';
import { Status } from '../../../src/gen/google/rpc/status';
import { STATUSES, toStatus } from '../../../src/transport/errors/status';

const TYPES = { ErrorInfo, BadRequest, RetryInfo } as const;

function details(error: AuthError): Record<string, unknown> {
  const status = Status.decode(toStatus(error).details ?? Buffer.alloc(0));
  return Object.fromEntries(
    status.details.map(({ typeUrl, value }) => {
      const name = typeUrl.replace('type.googleapis.com/google.rpc.', '') as keyof typeof TYPES;
      return [name, TYPES[name].decode(value)];
    }),
  );
}

test.each(REASONS)('%s carries its code, message and ErrorInfo', (reason) => {
  const status = toStatus(new AuthError(reason));
  expect(status).toMatchObject({ reason, ...STATUSES[reason] });
  const decoded = Status.decode(status.details ?? Buffer.alloc(0));
  expect(decoded).toMatchObject(STATUSES[reason]);
  expect(details(new AuthError(reason))).toMatchObject({ ErrorInfo: { reason, domain: 'auth.postern', metadata: {} } });
});

test('INVALID_ARGUMENT adds one violation per field', () => {
  const violations = [
    { field: 'email', description: 'Bad' },
    { field: 'password', description: 'Short' },
  ];
  expect(details(new AuthError('INVALID_FIELDS', { violations }))).toMatchObject({
    BadRequest: { fieldViolations: violations },
  });
});

test.each([
  'RATE_LIMITED',
  'OVERLOADED',
  'STORE_UNAVAILABLE',
] as const)('A refusal with A refusal with %s says when to try again [B7]', (reason) => {
  const given = details(new AuthError(reason, { retryAfterSeconds: 2.5 }));
  expect(given).toMatchObject({ RetryInfo: { retryDelay: { seconds: 2, nanos: 5e8 } } });
  expect(details(new AuthError(reason))).toMatchObject({ RetryInfo: { retryDelay: { seconds: 1, nanos: 0 } } });
});

test('other refusals carry no RetryInfo and no BadRequest', () => {
  expect(Object.keys(details(new AuthError('TOKEN_EXPIRED')))).toEqual(['ErrorInfo']);
});

test('a call that ended is CANCELLED or DEADLINE_EXCEEDED', () => {
  expect(toStatus(new CallEndedError(true)).code).toBe(Code.CANCELLED);
  expect(toStatus(new CallEndedError(false)).code).toBe(Code.DEADLINE_EXCEEDED);
});

test.each([
  ['an Error', new Error('E11000 duplicate key')],
  ['an error with a code', Object.assign(new Error('x'), { code: 11_000 })],
  ['a text', 'boom'],
  ['nothing', undefined],
])('%s is INTERNAL with a fixed text [E11]', (_what, error) => {
  expect(toStatus(error)).toEqual({ code: Code.INTERNAL, message: 'Internal error', unexpected: true });
});
