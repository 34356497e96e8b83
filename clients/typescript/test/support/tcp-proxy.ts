import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy that can stop passing anything on, without closing a connection. */
export async function startTcpProxy(target: string) {
  const state = { isBlackHole: false };
  const sockets = new Set<Socket>();
  const [host = '', port = ''] = target.split(':');
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      if (!state.isBlackHole) to.write(bytes);
    });
    from.on('error', () => {});
    from.on('close', () => to.destroy());
    sockets.add(from);
  };
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    pass(near, far);
    pass(far, near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Connections of before stay dead; new ones work once this is off again. */
    set isBlackHole(on: boolean) {
      state.isBlackHole = on;
    },
    cut(): void {
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
    close(): void {
      this.cut();
      server.close();
    },
  };
}
