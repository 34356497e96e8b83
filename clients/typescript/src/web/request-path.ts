/** Nothing in it has another form that some router takes for the same. */
const PLAIN = /^(?:\/|(?:\/[\w~-][\w~.-]*)+\/?)$/;
const UNRESERVED = /%(?:2[dDeE]|3\d|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])/g;

/** The path of a request target as it came: without query, origin and a slash at the end. */
export function rawPath(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1);
  // The absolute form (RFC 9112 section 3.2.2) names a host before its path; doubled slashes do not.
  const [, ofUrl] = /^https?:\/\/[^/]*(.*)$/i.exec(path) ?? [];
  return trimSlash(ofUrl ?? path);
}

/** Whether no router takes the path for another one. */
export function isPlainPath(path: string): boolean {
  return PLAIN.test(path);
}

/**
 * The path of a request target as a router takes it that resolves it: without query, dot segments, doubled slashes, a
 * slash at the end, percent-encoded letters and, unless `caseSensitive`, capitals. Undefined: it is no path.
 */
export function normalizePath(target: string, caseSensitive: boolean): string | undefined {
  const path = rawPath(target);
  const plain = PLAIN.test(path) ? path : resolvePath(path);
  if (plain === undefined) return undefined;
  const trimmed = trimSlash(plain);
  return caseSensitive ? trimmed : trimmed.toLowerCase();
}

/**
 * The path as a router takes it that decodes slashes before it divides the path: `%2F` and `%5C`, also when they are
 * encoded once more.
 */
export function decodeSlashes(path: string): string {
  let decoded = path;
  for (let before = ''; before !== decoded; ) {
    before = decoded;
    decoded = decoded.replaceAll(/%25(?=25|2f|5c|2e)/gi, '%').replaceAll(/%(?:2f|5c)/gi, '/');
  }
  return decoded;
}

function resolvePath(path: string): string | undefined {
  const decoded = path.replaceAll(UNRESERVED, (text) => String.fromCharCode(Number.parseInt(text.slice(1), 16)));
  const whole = `/${decoded}`.replaceAll(/[/\\]+/g, '/');
  if (!URL.canParse(whole, 'http://x')) return undefined;
  return new URL(whole, 'http://x').pathname.replaceAll(/\/{2,}/g, '/');
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
