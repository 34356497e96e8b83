/** How often a value of `a` is greater than one of `b`: 0.5 when nothing distinguishes them, 0 or 1 when all does. */
export function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  let greater = 0;
  for (const x of a) for (const y of b) greater += x > y ? 1 : x === y ? 0.5 : 0;
  return greater / (a.length * b.length);
}
