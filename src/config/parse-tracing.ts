import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Fault } from './config-error';
import type { Parse } from './parse';

/** The URL of a receiver of OTLP over HTTP, to which the path of the signal is added. */
export const otlpEndpoint: Parse<string> = (text) => {
  const url = otlpUrl(text);
  if (/[?#]/.test(url))
    throw new Fault('has a query; give the whole URL in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT instead');
  return url;
};

/** A URL that is used as it is. */
export const otlpUrl: Parse<string> = (text) => {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new Fault('is not the URL of a receiver of OTLP over HTTP; write it like http://localhost:4318');
  }
  const { username, password } = new URL(text);
  if (username === '' && password === '') return text;
  throw new Fault('holds a name or a password; give what the receiver asks for in OTEL_EXPORTER_OTLP_HEADERS');
};

/** `name=value` between commas, values percent-encoded as in W3C Baggage. */
export const pairs: Parse<Readonly<Record<string, string>>> = (text) => {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return Object.fromEntries(items.map(pair));
};

/** Headers of HTTP as `name=value` between commas. */
export const headers: Parse<Readonly<Record<string, string>>> = (text) => {
  const all = pairs(text);
  try {
    for (const [name, value] of Object.entries(all)) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch {
    throw new Fault(
      'holds something that is no header of HTTP; write it like authorization=Bearer%20TOKEN,x-scope=postern',
    );
  }
  return all;
};

function pair(item: string): [name: string, value: string] {
  const at = item.indexOf('=');
  const name = item.slice(0, at).trim();
  if (at > 0 && name !== '') {
    try {
      return [name, decodeURIComponent(item.slice(at + 1).trim())];
    } catch {
      // Said below.
    }
  }
  throw new Fault('is not a list of name=value between commas; write commas and "%" in values as %2C and %25');
}
