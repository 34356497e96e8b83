import { pathToFileURL } from 'node:url';
import type { Frame } from '../cpu-profile';
import { dist } from '../servers/servers';

/** The main thread is in no code that a sample could show. */
export const IDLE = 'idle';

const WITHOUT_FILE: Readonly<Record<string, string>> = {
  '(idle)': IDLE,
  '(garbage collector)': 'garbage collection',
  '(program)': 'C++ that V8 has no name for',
};

/** protobufjs makes functions of text, with these names. */
const GENERATED_CODEC = /\$(?:decode|encode|fromObject|toObject)$/;

const PLACES: readonly (readonly [RegExp, string])[] = [
  [/\/node_modules\/@grpc\/grpc-js\//, 'grpc-js'],
  [/\/node_modules\/(?:protobufjs|@protobufjs|@bufbuild|@grpc\/proto-loader)\//, 'codecs'],
  [/^node:(?:internal\/(?:http2|streams|stream_base)|net|events)/, 'node:http2, streams and events'],
  [/^node:(?:_http|internal\/http)/, 'node:http'],
  [/^node:/, 'the rest of Node'],
  [/\/servers\/echo-server\.js$/, 'the handler of the empty call'],
];

/** Which part of a server, of Postern or the empty call, a sample belongs to. */
export function findPart({ functionName, url }: Frame): string {
  if (url === '') {
    return GENERATED_CODEC.test(functionName)
      ? 'codecs'
      : (WITHOUT_FILE[functionName] ?? 'built-ins, and C++ that JavaScript calls');
  }
  const own = ownFile(url);
  if (own !== undefined) return own.startsWith('gen/') ? 'codecs' : `Postern: ${own.split('/')[0]}`;
  return PLACES.find(([place]) => place.test(url))?.[1] ?? 'other packages';
}

/** V8 knows modules by path or by URL. */
function ownFile(url: string): string | undefined {
  for (const root of [`${dist()}/`, `${pathToFileURL(dist()).href}/`]) {
    if (url.startsWith(root)) return url.slice(root.length);
  }
  return undefined;
}
