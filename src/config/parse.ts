import { isIP } from 'node:net';
import { Fault } from './config-error';

/** Reads the text of one variable. @throws Fault */
export type Parse<T> = (text: string) => T;

interface Bounds {
  readonly min: number;
  readonly max: number;
}

const UNIT_MS = { seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** A number that may have a fraction. */
export function decimal(bounds: Bounds, of = 'a number'): Parse<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= bounds.min && value <= bounds.max) return value;
    throw new Fault(`is not ${of} from ${shown(bounds.min)} to ${bounds.max}; write it like 30 or 0.5`);
  };
}

/** A length of time in `unit`, which may have a fraction; gives milliseconds. Bounds are in the unit. */
export function duration(unit: keyof typeof UNIT_MS, bounds: Bounds): Parse<number> {
  const parse = decimal(bounds, `a number of ${unit}`);
  return (text) => Math.round(parse(text) * UNIT_MS[unit]);
}

function shown(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** A whole number. */
export function count({ min, max }: Bounds): Parse<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Fault(`is not a whole number from ${min} to ${max}; write digits only`);
  };
}

/** `auto`, or what `parse` reads. */
export function autoOr<T>(parse: Parse<T>): Parse<T | 'auto'> {
  return (text) => {
    if (text === 'auto') return text;
    try {
      return parse(text);
    } catch (error) {
      throw error instanceof Fault ? new Fault(`${error.message}, or auto`) : error;
    }
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (text) => {
    const choice = choices.find((known) => known === text);
    if (choice !== undefined) return choice;
    throw new Fault(`is not one of ${choices.join(', ')}; write one of them as it stands here`);
  };
}

/** `on` or `off`. */
export const onOff: Parse<boolean> = (text) => oneOf('on', 'off')(text) === 'on';

/** A short printable text. */
export const words: Parse<string> = (text) => {
  if (Buffer.byteLength(text) <= 256 && !/\p{Cc}/u.test(text)) return text;
  throw new Fault('is longer than 256 bytes or holds control characters; choose a short name or URL');
};

/** Items between commas, at most `most`; space around them does not count. */
export function list<T>(item: Parse<T>, most = 10_000): Parse<readonly T[]> {
  return (text) => {
    const items = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const distinct = [...new Set(items)];
    if (distinct.length > most) throw new Fault(`holds more than ${most} items; give fewer`);
    return distinct.map(item);
  };
}

/** `host:port`, an IPv6 host in brackets; or `unix:PATH`. */
export const listenAddress: Parse<string> = (text) => {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (path !== '' && Buffer.byteLength(path) <= 100) return text;
    throw new Fault('names no usable socket; write unix:PATH with a path of at most 100 bytes');
  }
  return hostAndPort(text);
};

/** `host:port`, an IPv6 host in brackets. */
const hostAndPort: Parse<string> = (text) => {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text) ?? [];
  const knownHost = bracketed === undefined ? plain !== undefined : isIP(bracketed) === 6;
  if (knownHost && Number(port) <= 65_535) return text;
  throw new Fault('is not host:port; write it like [::]:50051 or 127.0.0.1:50051');
};

/** `off`, or an address. */
export const hostAndPortOrOff: Parse<string | undefined> = (text) => (text === 'off' ? undefined : hostAndPort(text));

/** An address range, a single address, or `unix` for callers on a unix socket. */
export const addressRange: Parse<string> = (text) => {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const prefixFits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  if (text === 'unix' || (bits > 0 && prefixFits && rest.length === 0)) return text;
  throw new Fault('holds something that is not an address range; write CIDRs like 10.0.0.0/8,fd00::/8');
};

/** A web origin, as browsers send it. */
export const origin: Parse<string> = (text) => {
  if (/^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text) return text;
  throw new Fault('holds something that is not an origin; write each like https://app.example.com');
};

/** A subject alternative name, without its kind. */
export const certificateName: Parse<string> = (text) => {
  if (/^[\x21-\x7e]{1,255}$/.test(text) && !/^(DNS|URI|email|IP Address):/i.test(text)) return text;
  throw new Fault(
    'holds something that is no name of a certificate; write each like spiffe://example.org/ops or ops.example.org',
  );
};

export const roleName: Parse<string> = (text) => {
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(text)) return text;
  throw new Fault('holds a role that is not 1 to 64 letters, digits, ".", "_", ":" or "-"; rename it');
};
