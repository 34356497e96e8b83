import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { HealthCheckRequest, HealthCheckResponse } from '../../../src/gen/grpc/health/v1/health';
import {
  type ServerReflectionRequest as Question,
  ServerReflectionRequest,
  ServerReflectionResponse,
} from '../../../src/gen/grpc/reflection/v1/reflection';
import { DESCRIPTOR_SET } from '../../../src/grpc/descriptors';
import { callRaw, type StubServer, startStub } from '../../support/grpc/stub-server';

const ROOT = join(__dirname, '..', '..', '..');
let stub: StubServer;

async function health(service: string) {
  const answer = await callRaw(
    stub.client,
    '/grpc.health.v1.Health/Check',
    HealthCheckRequest.encode({ service }).finish(),
  );
  return answer.error?.code ?? HealthCheckResponse.decode(answer.response ?? Buffer.alloc(0)).status;
}

function reflect(version: string, messageRequest: NonNullable<Question['messageRequest']>) {
  const stream = stub.client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (question: Question) => Buffer.from(ServerReflectionRequest.encode(question).finish()),
    (bytes: Buffer) => ServerReflectionResponse.decode(bytes),
  );
  return new Promise<NonNullable<ServerReflectionResponse['messageResponse']>>((resolve, reject) => {
    stream.on('data', (answer: ServerReflectionResponse) => answer.messageResponse && resolve(answer.messageResponse));
    stream.on('error', reject);
    stream.end({ host: '', messageRequest });
  });
}

describe('health', () => {
  beforeAll(async () => {
    stub = await startStub();
  });
  afterAll(() => stub.stop());

  test('is NOT_SERVING until it is set otherwise, per service', async () => {
    stub.server.setServing('postern.auth.v1.AuthService', true);
    expect(await health('postern.auth.v1.AuthService')).toBe(1);
    expect(await health('postern.auth.v1.AdminService')).toBe(2);
    expect(await health('')).toBe(2);
  });

  test('of an unknown service is NOT_FOUND', async () => {
    expect(await health('no.such.Service')).toBe(5);
  });

  test('offers no reflection when it is turned off [E10]', async () => {
    const question = { $case: 'listServices', listServices: '' } as const;
    await expect(reflect('v1', question)).rejects.toMatchObject({ code: 12 });
    await expect(reflect('v1alpha', question)).rejects.toMatchObject({ code: 12 });
  });
});

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  beforeAll(async () => {
    stub = await startStub({ reflection: true });
  });
  afterAll(() => stub.stop());

  test('lists the services that are served', async () => {
    const answer = await reflect(version, { $case: 'listServices', listServices: '' });
    expect(answer).toMatchObject({
      listServicesResponse: {
        service: [
          { name: 'grpc.health.v1.Health' },
          { name: 'grpc.reflection.v1.ServerReflection' },
          { name: 'postern.auth.v1.AdminService' },
          { name: 'postern.auth.v1.AuthService' },
        ],
      },
    });
  });

  test.each([
    'postern.auth.v1.AuthService',
    'postern.auth.v1.AuthService.Login',
    'postern.auth.v1.LoginRequest',
    'postern.auth.v1.LoginRequest.username',
    'google.rpc.ErrorInfo',
    'grpc.health.v1.HealthCheckResponse.ServingStatus',
  ])('gives a whole set of files for %s', async (fileContainingSymbol) => {
    const answer = await reflect(version, { $case: 'fileContainingSymbol', fileContainingSymbol });
    if (answer.$case !== 'fileDescriptorResponse') throw new Error('No file');
    const files = answer.fileDescriptorResponse.fileDescriptorProto.map((bytes) =>
      fromBinary(FileDescriptorProtoSchema, bytes),
    );
    expect(fileContainingSymbol.startsWith(`${files[0]?.package}.`)).toBe(true);
    const names = new Set(files.map(({ name }) => name));
    expect(files.flatMap(({ dependency }) => dependency).filter((name) => !names.has(name))).toEqual([]);
  });

  test('says NOT_FOUND for what is not there', async () => {
    const answer = await reflect(version, { $case: 'fileContainingSymbol', fileContainingSymbol: 'no.such.Type' });
    expect(answer).toMatchObject({ errorResponse: { errorCode: 5 } });
  });
});

test('the descriptors are those of the proto files as they are', () => {
  const directory = mkdtempSync(join(tmpdir(), 'postern-'));
  try {
    const fresh = join(directory, 'fresh.binpb');
    const built = spawnSync(
      join(ROOT, 'node_modules', '.bin', 'buf'),
      ['build', '--as-file-descriptor-set', '-o', fresh],
      {
        cwd: ROOT,
      },
    );
    expect(built.status).toBe(0);
    expect(readFileSync(DESCRIPTOR_SET).equals(readFileSync(fresh))).toBe(true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
