const MAX = 120;

/**
 * A paragraph or a list item of Markdown in lines of at most 120 columns. Each further line begins with a letter: "1."
 * or "-" would begin a list.
 *
 * @param indent stands before each further line
 */
export function wrap(text: string, indent = ''): string {
  const [first = '', ...parts] = text.split(/ (?=\p{L})/u);
  const lines = [first];
  for (const part of parts) {
    const longer = `${lines.at(-1)} ${part}`;
    if (longer.length <= MAX) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${part}`);
  }
  return lines.join('\n');
}
