import { readFileSync } from 'node:fs';
import { Client, credentials, type Metadata } from '@grpc/grpc-js';
import * as wire from '../../../src/gen/postern/auth/v1/auth_service';

/** A client on a connection of its own, so that one worker answers all its calls. */
export interface WorkerClient {
  /** Which process answered: each begins its request ids alike. */
  readonly worker: string;
  login(username: string, password: string): Promise<wire.TokenPair>;
  validate(accessToken: string): Promise<string>;
  logout(refreshToken: string): Promise<void>;
  close(): void;
}

const { AuthServiceService: service } = wire;

/** The processes that this one has started and that have not ended. */
export function listChildren(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

export async function register(address: string, username: string, password: string): Promise<void> {
  const client = channel(address);
  await unary(client, service.register, { email: `${username}@example.com`, username, password });
  client.close();
}

/** One client for each of `count` workers. */
export async function clientsOfAllWorkers(address: string, count: number): Promise<WorkerClient[]> {
  const found = new Map<string, WorkerClient>();
  for (let tries = 0; tries < 50 && found.size < count; tries += 1) {
    const client = await workerClient(address);
    if (found.has(client.worker)) client.close();
    else found.set(client.worker, client);
  }
  return [...found.values()];
}

async function workerClient(address: string): Promise<WorkerClient> {
  const client = channel(address);
  const anonymous = { accessToken: '', allowAnonymous: true, fresh: false };
  const { headers } = await unary(client, service.validate, anonymous);
  return {
    worker: String(headers.get('x-request-id')[0]).split('-')[0] ?? '',
    async login(username, password) {
      const { reply } = await unary(client, service.login, { username, password, deviceName: '' });
      return reply.tokens as wire.TokenPair;
    },
    async validate(accessToken) {
      const { reply } = await unary(client, service.validate, { ...anonymous, accessToken });
      return reply.principal?.anonymousReason ?? '';
    },
    async logout(refreshToken) {
      await unary(client, service.logout, { refreshToken });
    },
    close: () => client.close(),
  };
}

function channel(address: string): Client {
  return new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
}

interface Method<Request, Reply> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Reply;
}

function unary<Request, Reply>(client: Client, method: Method<Request, Reply>, request: Request) {
  return new Promise<{ reply: Reply; headers: Metadata }>((resolve, reject) => {
    let headers: Metadata;
    const { path, requestSerialize, responseDeserialize } = method;
    client
      .makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, reply) => {
        if (error === null && reply !== undefined) resolve({ reply, headers });
        else reject(error);
      })
      .on('metadata', (received: Metadata) => {
        headers = received;
      });
  });
}
