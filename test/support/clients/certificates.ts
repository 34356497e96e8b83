import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate with its key, both PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly usage?: 'server' | 'client';
  readonly expired?: boolean;
  /** URIs (with `://`) and host names beside localhost; the address 127.0.0.1 is always there. */
  readonly names?: readonly string[];
}

export interface Authority extends Issued {
  issue(subject: string, options?: IssueOptions): Issued;
}

const OIDS = { server: '2b06010505070301', client: '2b06010505070302' } as const;
const DAY_MS = 86_400_000;

// X.509 v3 (RFC 5280) by hand: Node can read certificates but not make them, and tests must not depend on an installed
// openssl.
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  // The shortest form that holds the length: Go refuses a longer one.
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  if (body.length < 256) return Buffer.concat([Buffer.from([tag, 0x81, body.length]), body]);
  const length = Buffer.from([body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([tag, 0x82]), length, body]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(digits));
}

function extension(id: string, value: Uint8Array): Buffer {
  return sequence(oid(id), der(0x04, value));
}

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function certificate(
  subject: { name: string; publicKey: KeyObject },
  issuer: { name: string; privateKey: KeyObject },
  extensions: readonly Buffer[],
  until: number,
): string {
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    serial,
    ECDSA_SHA256,
    name(issuer.name),
    sequence(time(until - 30 * DAY_MS), time(until)),
    name(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toSign, issuer.privateKey);
  return pem(sequence(toSign, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature)));
}

const keyText = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** An authority of its own, for one test; what it issues is for localhost and 127.0.0.1. */
export function anAuthority(): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const label = `Test CA ${createHash('sha256').update(randomBytes(8)).digest('hex').slice(0, 8)}`;
  const isCa = extension('551d13', sequence(der(0x01, Buffer.from([255]))));
  const self = { name: label, publicKey: own.publicKey };
  const issuer = { name: label, privateKey: own.privateKey };
  return {
    cert: certificate(self, issuer, [isCa], Date.now() + DAY_MS),
    key: keyText(own.privateKey),
    issue(subject, { usage = 'server', expired = false, names: further = [] } = {}) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const texts = [...further, 'localhost'].map((text) => der(text.includes('://') ? 0x86 : 0x82, Buffer.from(text)));
      const names = sequence(...texts, der(0x87, Buffer.from([127, 0, 0, 1])));
      const extensions = [extension('551d11', names), extension('551d25', sequence(oid(OIDS[usage])))];
      const until = expired ? Date.now() - DAY_MS : Date.now() + DAY_MS;
      const cert = certificate({ name: subject, publicKey: pair.publicKey }, issuer, extensions, until);
      return { cert, key: keyText(pair.privateKey) };
    },
  };
}
