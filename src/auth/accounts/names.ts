/**
 * The form in which emails, usernames and search prefixes are compared: NFKC, then full case folding (upper case first, so that
 * "ß" meets "ss"; then each character for itself, so that a final sigma meets the others).
 */
export function comparisonKey(text: string): string {
  const upper = text.normalize('NFKC').toUpperCase();
  let folded = '';
  for (const character of upper) folded += character.toLowerCase();
  return folded.normalize('NFKC');
}
