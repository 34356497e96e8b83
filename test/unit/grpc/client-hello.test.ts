import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { onClientHello } from '../../../src/grpc/connections/client-hello';

/** As much of a socket as is asked for; pieces come as they are pushed. */
function incoming() {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  let isThere = false;
  const then = () => {
    isThere = true;
  };
  onClientHello(socket as unknown as Socket, then, () => void socket.destroy());
  const bring = (piece: Buffer) => socket.emit('data', piece);
  return { socket, bring, isThere: () => isThere };
}

const head = (size: number) => Buffer.from([0x16, 0x03, 0x01, size >> 8, size & 0xff]);

test('a first record in 900 pieces is taken', () => {
  const { bring, isThere } = incoming();
  bring(head(900));
  for (let at = 0; at < 900; at += 1) {
    expect(isThere()).toBe(false);
    bring(Buffer.from([0]));
  }
  expect(isThere()).toBe(true);
});

test('A ClientHello in more pieces than any network makes of it is refused, since each piece costs more memory than it holds [E8]', () => {
  const { socket, bring, isThere } = incoming();
  bring(head(16_000));
  let pieces = 1;
  for (; pieces < 16_000 && !socket.destroyed; pieces += 1) bring(Buffer.from([0]));
  expect([socket.destroyed, isThere()]).toEqual([true, false]);
  expect(pieces).toBeLessThan(1_100);
});
