import { BASELINE, COLORS } from './theme';

/** A colour for each name, in the order in which they stand in the legend. */
export function colorScale(named: readonly { readonly name: string; readonly isBaseline?: boolean }[]): {
  domain: string[];
  range: string[];
} {
  const others = named.filter(({ isBaseline }) => isBaseline !== true);
  return {
    domain: named.map(({ name }) => name),
    range: named.map((each) =>
      each.isBaseline === true ? BASELINE : (COLORS[others.indexOf(each) % COLORS.length] ?? BASELINE),
    ),
  };
}
