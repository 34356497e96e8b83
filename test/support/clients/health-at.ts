import { Client, credentials } from '@grpc/grpc-js';
import { callRaw } from '../grpc/stub-server';

/**
 * The status that the health service of a plaintext port gives (1 SERVING, 2 NOT_SERVING), or the code that it refuses
 * with, negative.
 */
export async function healthAt(address: string, service: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure());
  try {
    const question = service === '' ? Buffer.alloc(0) : Buffer.from([0x0a, service.length, ...Buffer.from(service)]);
    const { error, response } = await callRaw(client, '/grpc.health.v1.Health/Check', question);
    return error === null || error === undefined ? (response?.[1] ?? 0) : -error.code;
  } finally {
    client.close();
  }
}
