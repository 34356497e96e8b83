import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Cut {
  /** Towards the service or back from it. */
  readonly direction: 'request' | 'answer';
  readonly afterBytes: number;
  /** How long the connections then stay open without passing anything, in ms, so that the service goes on meanwhile. */
  readonly holdMs: number;
}

/**
 * A TCP proxy that resets its connections in both directions once so many bytes have passed in one of them: the rest of
 * that chunk is lost, wherever in a frame or message that is.
 */
export async function startCuttingProxy(target: string, { direction, afterBytes, holdMs }: Cut) {
  const sockets = new Set<Socket>();
  const [host = '', port = ''] = target.split(':');
  const cutAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  let isCut = false;
  const pass = (from: Socket, to: Socket, most: number): void => {
    let left = most;
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (isCut) return;
      if (chunk.length < left) {
        left -= chunk.length;
        to.write(chunk);
      } else {
        isCut = true;
        // Reset only when these bytes have left: a reset may overtake what was not sent.
        to.write(chunk.subarray(0, left), () => setTimeout(cutAll, holdMs));
      }
    });
    from.on('error', () => {});
    from.on('close', () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    pass(near, far, direction === 'request' ? afterBytes : Number.POSITIVE_INFINITY);
    pass(far, near, direction === 'answer' ? afterBytes : Number.POSITIVE_INFINITY);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
