import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A port that no process has at this moment. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Whether something on this machine accepts connections on the port. */
export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, 'localhost');
  const result = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return result;
}
