/** Nothing in it has another form that some router takes for the same. */
const PLAIN = /^(?:\/|(?:\/[\w~-][\w~.-]*)+\/?)$/;
const UNRESERVED = /%(?:2[dDeE]|3\d|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])/g;

/**
 * The path of a request target in the one form that rules are compared with: without query, dot segments, doubled
 * slashes, a slash at the end, percent-encoded letters and, unless `caseSensitive`, capitals. So a rule holds for all
 * that a router, whichever, may take for its path. Undefined: it is no path.
 */
export function normalizePath(target: string, caseSensitive: boolean): string | undefined {
  const [path = ''] = target.split(/[?#]/, 1);
  const plain = PLAIN.test(path) ? path : resolvePath(path);
  if (plain === undefined) return undefined;
  const trimmed = plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
  return caseSensitive ? trimmed : trimmed.toLowerCase();
}

/**
 * The path as a router takes it that decodes slashes before it divides the path: `%2F` and `%5C`, also when they are
 * encoded once more. The same as `path` where there is none. Undefined: it is no path.
 */
export function decodeSlashes(path: string, caseSensitive: boolean): string | undefined {
  let decoded = path;
  for (let before = ''; before !== decoded; ) {
    before = decoded;
    decoded = decoded.replaceAll(/%25(?=25|2f|5c|2e)/gi, '%').replaceAll(/%(?:2f|5c)/gi, '/');
  }
  return decoded === path ? path : normalizePath(decoded, caseSensitive);
}

function resolvePath(path: string): string | undefined {
  // The absolute form (RFC 9112 section 3.2.2) names a host before its path; doubled slashes do not.
  const [, ofUrl] = /^https?:\/\/[^/]*(.*)$/i.exec(path) ?? [];
  const decoded = (ofUrl ?? path).replaceAll(UNRESERVED, (text) =>
    String.fromCharCode(Number.parseInt(text.slice(1), 16)),
  );
  const whole = `/${decoded}`.replaceAll(/[/\\]+/g, '/');
  if (!URL.canParse(whole, 'http://x')) return undefined;
  return new URL(whole, 'http://x').pathname.replaceAll(/\/{2,}/g, '/');
}
