// A process that opens connections, begins what it never finishes, and dials again when it is cut off: PORT PROTOCOL
// ADDRESSES KIND=COUNT... A line on standard input ends the dialling. Prints its numbers, as JSON, four times a second.
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { halfRequest, PREFACE } from './http2-frames';

export type StalledKind = 'silent' | 'hello' | 'preface' | 'request';

export interface StalledNumbers {
  readonly open: Readonly<Record<StalledKind, number>>;
  readonly dialled: number;
}

const [port = '0', protocol = 'tcp', addresses = '1', ...wanted] = process.argv.slice(2);
/** At once; more would be the kernel's queue, not the server. */
const DIALLING = 200;
/** The first bytes of a TLS record that is to hold a ClientHello of 512 bytes. */
const HALF_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]);
const BEGIN_AGAIN_MS = 5_000;

const open: Record<StalledKind, number> = { silent: 0, hello: 0, preface: 0, request: 0 };
const waiting = wanted.flatMap((text) => {
  const [kind, count] = text.split('=');
  return Array.from({ length: Number(count) }, () => kind as StalledKind);
});
let dialling = 0;
let dialled = 0;
let goesOn = true;

function dial(kind: StalledKind): void {
  dialling += 1;
  dialled += 1;
  const localAddress = `127.0.0.${2 + (dialled % Number(addresses))}`;
  const tcp = createConnection({ host: '127.0.0.1', port: Number(port), localAddress });
  const encrypted = protocol === 'tls' && (kind === 'preface' || kind === 'request');
  const socket = encrypted ? connectTls({ socket: tcp, ALPNProtocols: ['h2'], rejectUnauthorized: false }) : tcp;
  let isOpen = false;
  let again: NodeJS.Timeout | undefined;
  tcp.on('error', () => {});
  socket.on('error', () => {});
  socket.once(encrypted ? 'secureConnect' : 'connect', () => {
    isOpen = true;
    dialling -= 1;
    open[kind] += 1;
    again = begin(kind, socket);
    dialNext();
  });
  socket.once('close', () => {
    clearInterval(again);
    if (isOpen) open[kind] -= 1;
    else dialling -= 1;
    if (!goesOn) return;
    // What costs nothing first, so that handshakes do not hold it up.
    if (kind === 'silent' || kind === 'hello') waiting.unshift(kind);
    else waiting.push(kind);
    // Not within this tick: refused connections close at once.
    setTimeout(dialNext, 50);
  });
  socket.resume();
}

function begin(kind: StalledKind, socket: Socket): NodeJS.Timeout | undefined {
  if (kind === 'hello') socket.write(HALF_HELLO);
  if (kind === 'preface' || kind === 'request') socket.write(PREFACE);
  if (kind !== 'request') return undefined;
  let stream = 1;
  const write = (): void => {
    socket.write(halfRequest(stream));
    stream += 2;
  };
  write();
  return setInterval(write, BEGIN_AGAIN_MS);
}

function dialNext(): void {
  while (goesOn && dialling < DIALLING && waiting.length > 0) dial(waiting.shift() as StalledKind);
}

process.stdin.once('data', () => {
  goesOn = false;
});
setInterval(() => process.stdout.write(`${JSON.stringify({ open, dialled })}\n`), 250);
dialNext();
