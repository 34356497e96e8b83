import { status as Code } from '@grpc/grpc-js';
import { AuthError } from '../../../src/auth/errors';
import { ErrorInfo } from '../../../src/gen/google/rpc/error_details';
import { Status } from '../../../src/gen/google/rpc/status';
import {
  RegisterRequest,
  UserKind,
  ValidateRequest,
  ValidateResponse,
} from '../../../src/gen/postern/auth/v1/auth_service';
import { type Answer, callRaw, SERVICE, type StubServer, startStub } from '../../support/grpc/stub-server';

const REGISTER = RegisterRequest.encode({ email: 'a@example.com', username: 'ada', password: 'x' }).finish();
const VALIDATE = ValidateRequest.encode({ accessToken: 'token', allowAnonymous: false, fresh: false }).finish();

let stub: StubServer;
afterEach(() => stub.stop());

function readReason({ error }: Answer): string {
  const [bytes] = error?.metadata.get('grpc-status-details-bin') ?? [];
  const [info] = Status.decode(bytes as Buffer).details;
  return ErrorInfo.decode(info?.value ?? Buffer.alloc(0)).reason;
}

test('A unary call answers with what the handler returns, with or without a promise', async () => {
  const principal = { username: 'ada', roles: ['user'] };
  stub = await startStub({
    auth: {
      validate: () => ValidateResponse.decode(ValidateResponse.encode({ principal: wire(principal) }).finish()),
      register: async ({ username }) => ({ user: { ...findUser(username) } }),
    },
  });
  const validated = await callRaw(stub.client, `${SERVICE}/Validate`, VALIDATE);
  expect(ValidateResponse.decode(validated.response ?? Buffer.alloc(0)).principal).toMatchObject(principal);
  expect((await callRaw(stub.client, `${SERVICE}/Register`, REGISTER)).response?.includes('ada')).toBe(true);
});

test('A unary call reports a refusal by status, message, details and log line', async () => {
  stub = await startStub({
    auth: {
      validate: () => {
        throw new AuthError('TOKEN_EXPIRED');
      },
    },
  });
  const answer = await callRaw(stub.client, `${SERVICE}/Validate`, VALIDATE);
  expect(answer.error).toMatchObject({ code: Code.UNAUTHENTICATED, details: 'Could not validate credentials' });
  expect(readReason(answer)).toBe('TOKEN_EXPIRED');
  expect(stub.lines).toMatchObject([
    { method: `${SERVICE}/Validate`, status: 'UNAUTHENTICATED', reason: 'TOKEN_EXPIRED' },
  ]);
});

test.each([
  ['thrown at once', () => Promise.reject(new Error('SELECT secret'))],
  ['no Error', () => Promise.reject('SELECT secret')],
  [
    'with a code of its own',
    () => Promise.reject(Object.assign(new Error('SELECT secret'), { code: 11_000, details: 'secret' })),
  ],
  [
    'synchronous',
    () => {
      throw new Error('SELECT secret');
    },
  ],
])('An unexpected failure (%s) is INTERNAL with a fixed message and is logged once [E11]', async (_what, register) => {
  stub = await startStub({ auth: { register } });
  const answer = await callRaw(stub.client, `${SERVICE}/Register`, REGISTER);
  expect(answer.error).toMatchObject({ code: Code.INTERNAL, details: 'Internal error' });
  expect(answer.error?.metadata.get('grpc-status-details-bin')).toEqual([]);
  expect(stub.lines.filter((line) => line.level === 'error')).toHaveLength(1);
});

test.each([
  ['a truncated message', Buffer.from([0x0a, 0x20, 0x61])],
  ['a field number of 0', Buffer.from([0x02, 0x01, 0x61])],
  ['a wire type that does not exist', Buffer.from([0x0f, 0x01])],
  ['a length beyond 32 bits', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
])('malformed bytes (%s) never reach the handler and are no INTERNAL', async (_what, bytes) => {
  const register = jest.fn(async () => {
    throw new AuthError('INVALID_FIELDS');
  });
  stub = await startStub({ auth: { register } });
  const answer = await callRaw(stub.client, `${SERVICE}/Register`, bytes);
  expect(answer.error?.code).toBe(Code.INVALID_ARGUMENT);
  expect(readReason(answer)).toBe('INVALID_FIELDS');
});

test('an answer that cannot be encoded is INTERNAL', async () => {
  stub = await startStub({ auth: { register: async () => ({ user: 7 }) as never } });
  const { error } = await callRaw(stub.client, `${SERVICE}/Register`, REGISTER);
  expect(error?.code).toBe(Code.INTERNAL);
});

test('an unknown method is UNIMPLEMENTED', async () => {
  stub = await startStub();
  expect((await callRaw(stub.client, `${SERVICE}/Nothing`, REGISTER)).error?.code).toBe(Code.UNIMPLEMENTED);
});

function wire(principal: { username: string; roles: string[] }) {
  const nobody = { userId: '', sessionId: '', issuedAt: undefined, expiresAt: undefined };
  return {
    ...nobody,
    ...principal,
    anonymous: false,
    anonymousReason: '',
    kind: UserKind.USER_KIND_PERSON,
    apiKeyId: '',
  };
}

function findUser(username: string) {
  return {
    id: '1',
    email: '',
    username,
    active: true,
    roles: [],
    createdAt: new Date(),
    emailVerified: false,
    kind: UserKind.USER_KIND_PERSON,
    externalId: '',
  };
}
