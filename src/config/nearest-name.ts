/** The known name that one letter more, less, other or swapped makes of `name`, if there is one. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  return known.find((candidate) => isNear(name, candidate));
}

function isNear(name: string, known: string): boolean {
  if (Math.abs(name.length - known.length) > 1) return false;
  let head = 0;
  while (head < name.length && name[head] === known[head]) head += 1;
  const swapped = name.slice(0, head) + (name[head + 1] ?? '') + (name[head] ?? '') + name.slice(head + 2);
  if (swapped === known) return true;
  const [shorter, longer] = name.length < known.length ? [name, known] : [known, name];
  const rest = shorter.slice(shorter.length === longer.length ? head + 1 : head);
  return rest === longer.slice(head + 1);
}
