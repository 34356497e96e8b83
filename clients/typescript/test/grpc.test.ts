import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type StatusObject,
} from '@grpc/grpc-js';
import { ErrorInfo } from '../../../src/gen/google/rpc/error_details';
import { Status } from '../../../src/gen/google/rpc/status';
import { eventually } from '../../../test/support/domain/eventually';
import type { Authenticator } from '../src';
import { getAnonymousReason, getPrincipal, protect } from '../src/grpc';
import { FakePostern } from '../src/testing';

const identity = (bytes: Buffer): Buffer => bytes;
const method = (path: string, responseStream: boolean) => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});
const SERVICE = {
  whoAmI: method('/test.Echo/WhoAmI', false),
  open: method('/test.Echo/Open', false),
  maybe: method('/test.Echo/Maybe', false),
  admin: method('/test.Admin/Do', false),
  ticks: method('/test.Echo/Ticks', true),
  collect: { ...method('/test.Echo/Collect', false), requestStream: true },
};
const HEALTH = { check: method('/grpc.health.v1.Health/Check', false) };
const RULES = [
  { match: '/test.Echo/Open', public: true },
  { match: '/test.Echo/Maybe', optional: true },
  { match: '/test.Admin/*', roles: ['admin'] },
];

const whoAmI = (call: ServerUnaryCall<Buffer, Buffer>, done: (error: null, reply: Buffer) => void): void =>
  done(null, Buffer.from(getPrincipal(call)?.username ?? getAnonymousReason(call) ?? 'nobody'));

let isCancelled = false;
function ticks(call: ServerWritableStream<Buffer, Buffer>): void {
  isCancelled = false;
  const timer = setInterval(() => call.write(Buffer.from(getPrincipal(call)?.username ?? '')), 20);
  call.on('cancelled', () => {
    isCancelled = true;
    clearInterval(timer);
  });
}

function collect(call: ServerReadableStream<Buffer, Buffer>, done: (error: null, reply: Buffer) => void): void {
  const parts = [getPrincipal(call)?.username];
  call.on('data', (bytes: Buffer) => parts.push(String(bytes)));
  call.on('end', () => done(null, Buffer.from(parts.join())));
}

const fake = new FakePostern();
/** The same, but nothing is in memory: every decision comes after what the caller sends. */
const slow: Authenticator = {
  answerNow: () => undefined,
  async answer(token) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return fake.answerNow(token);
  },
  openCalls: fake.openCalls,
};

async function serve(authenticator: Authenticator): Promise<{ client: Client; close(): void }> {
  const server = new Server({ interceptors: [protect(authenticator, { rules: RULES })] });
  server.addService(SERVICE, { whoAmI, open: whoAmI, maybe: whoAmI, admin: whoAmI, ticks, collect });
  server.addService(HEALTH, { check: whoAmI });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const made = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const close = (): void => {
    made.close();
    server.forceShutdown();
  };
  return { client: made, close };
}

describe.each([
  ['answers are in memory', fake],
  ['answers take a while', slow],
])('Where %s,', (_, authenticator) => {
  let server: Awaited<ReturnType<typeof serve>>;
  let client: Client;

  beforeAll(async () => {
    server = await serve(authenticator);
    ({ client } = server);
  });
  afterAll(() => server.close());
  afterEach(() => {
    fake.unavailable = false;
  });

  function bearer(token: string): Metadata {
    const metadata = new Metadata();
    if (token !== '') metadata.set('authorization', `Bearer ${token}`);
    return metadata;
  }

  /** The answer, or the code and what ErrorInfo says, read by the service's own messages. */
  function ask(path: string, token = ''): Promise<string> {
    return new Promise((resolve) => {
      client.makeUnaryRequest(path, identity, identity, Buffer.alloc(0), bearer(token), (error, reply) => {
        resolve(error === null ? String(reply) : describeStatus(error));
      });
    });
  }

  function describeStatus({ code, metadata }: Pick<StatusObject, 'code' | 'metadata'>): string {
    const status = Status.decode(metadata.get('grpc-status-details-bin')[0] as Buffer);
    const [info] = status.details.filter(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
    const { reason, domain } = ErrorInfo.decode(info?.value as Buffer);
    expect(status.code).toBe(code);
    return `${code} ${domain} ${reason} ${status.message}`;
  }

  test('the interceptor hands on a principal and refuses with the ErrorInfo of the service', async () => {
    const token = fake.signIn({ username: 'ada' });
    expect(await ask('/test.Echo/WhoAmI', token)).toBe('ada');
    expect(await ask('/test.Echo/WhoAmI')).toBe('16 auth.postern INVALID_TOKEN Could not validate credentials');
    fake.refuse(token, 'USER_INACTIVE');
    expect(await ask('/test.Echo/WhoAmI', token)).toBe('16 auth.postern USER_INACTIVE Inactive user');
    expect(await ask('/test.Admin/Do', fake.signIn())).toBe('7 auth.postern ROLE_MISSING Not enough permissions');
    expect(await ask('/test.Admin/Do', fake.signIn({ username: 'root', roles: ['admin'] }))).toBe('root');
    fake.unavailable = true;
    expect(await ask('/test.Echo/WhoAmI', fake.signIn())).toBe(
      '14 auth.postern UNAVAILABLE Authentication is unavailable',
    );
  });

  test('the interceptor lets everybody call public methods, optional ones and health, and nobody unknown ones', async () => {
    expect(await ask('/test.Echo/Open')).toBe('nobody');
    expect(await ask('/test.Echo/Maybe')).toBe('INVALID_TOKEN');
    expect(await ask('/test.Echo/Maybe', fake.signIn({ username: 'ada' }))).toBe('ada');
    expect(await ask('/grpc.health.v1.Health/Check')).toBe('nobody');
  });

  test.each([
    'TOKEN_REVOKED',
    'USER_INACTIVE',
  ] as const)('an open stream ends with %s within a second, and its handler hears of it', async (reason) => {
    const token = fake.signIn({ username: 'ada' });
    const stream = client.makeServerStreamRequest(
      '/test.Echo/Ticks',
      identity,
      identity,
      Buffer.alloc(0),
      bearer(token),
    );
    let count = 0;
    let status: StatusObject | undefined;
    stream.on('data', () => {
      count += 1;
    });
    stream.on('error', () => {});
    stream.on('status', (given) => {
      status = given;
    });
    await eventually('there are ticks', () => count > 3);
    fake.refuse(token, reason);
    await eventually('the stream has ended', () => status !== undefined, 1_000);
    expect(describeStatus(status as StatusObject)).toContain(`16 auth.postern ${reason}`);
    await eventually('the handler knows', () => isCancelled, 1_000);
    await eventually('nothing is watched over', () => fake.openCalls.size === 0, 1_000);
  });

  test('an open stream ends when its token expires, and is not watched over once its caller has gone', async () => {
    const token = fake.signIn({ expiresAt: new Date(Date.now() + 400) });
    const open = (ofToken: string) => {
      const stream = client.makeServerStreamRequest(
        '/test.Echo/Ticks',
        identity,
        identity,
        Buffer.alloc(0),
        bearer(ofToken),
      );
      stream.on('data', () => {});
      stream.on('error', () => {});
      return stream;
    };
    const expired = new Promise<StatusObject>((resolve) => open(token).on('status', resolve));
    expect(describeStatus(await expired)).toContain('TOKEN_EXPIRED');
    const stream = open(fake.signIn());
    await eventually('it is watched over', () => fake.openCalls.size === 1);
    stream.cancel();
    await eventually('it is not any more', () => fake.openCalls.size === 0, 1_000);
  });

  test('a caller who goes while it is decided about is not watched over', async () => {
    const path = '/test.Echo/Ticks';
    const token = bearer(fake.signIn());
    for (let n = 0; n < 20; n += 1) {
      const stream = client.makeServerStreamRequest(path, identity, identity, Buffer.alloc(0), token);
      stream.on('error', () => {});
      setTimeout(() => stream.cancel(), n);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(fake.openCalls.size).toBe(0);
  });

  test('what a caller streams while the decision is made reaches the handler, in its order', async () => {
    const send = (token: string) =>
      new Promise<string>((resolve) => {
        const done = (error: ServiceError | null, reply?: Buffer): void =>
          resolve(error === null ? String(reply) : describeStatus(error));
        const stream = client.makeClientStreamRequest('/test.Echo/Collect', identity, identity, bearer(token), done);
        for (const part of ['a', 'b', 'c']) stream.write(Buffer.from(part));
        stream.end();
      });
    expect(await send(fake.signIn({ username: 'ada' }))).toBe('ada,a,b,c');
    expect(await send('nonsense')).toContain('INVALID_TOKEN');
  });
});

afterAll(() => fake.close());
