/** A whole string of JSON text. */
const STRING = /"(?:[^"\\]|\\.)*"/g;

/**
 * Whether no object in well-formed JSON text names a member twice, which JSON.parse does not report: it keeps the last
 * one, and another reader on the way may have kept the first. Each member has one colon outside of strings.
 *
 * @param value what JSON.parse made of `text`
 */
export function hasUniqueMembers(text: string, value: unknown): boolean {
  return countColons(text.replace(STRING, '')) === countMembers(value);
}

function countColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const values = Object.values(value);
  const own = Array.isArray(value) ? 0 : values.length;
  return values.reduce((count, each) => count + countMembers(each), own);
}
