/**
 * Every value of a header, each for itself. Reads `rawHeaders` of a request, since node:http makes an object of all
 * headers when one is asked of `headers` (docs/decisions/0041).
 * @param wanted in lower case
 */
export function readHeader(rawHeaders: readonly string[], wanted: string): readonly string[] {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === wanted.length && name.toLowerCase() === wanted) values.push(rawHeaders[at + 1] as string);
  }
  return values;
}
