import { setFlagsFromString } from 'node:v8';

const FLAG = '--heap-growing-percent';

/**
 * Lets V8 collect when what has died is as much as what lives. By itself it waits for three times that on a large machine, where what the
 * cache of tokens has forgotten piles up (docs/decisions/0011). A flag of the same name on Node's command line takes precedence.
 */
export function limitHeapGrowth(args: readonly string[] = process.execArgv): void {
  if (args.some((arg) => arg.replaceAll('_', '-').startsWith(FLAG))) return;
  setFlagsFromString(`${FLAG}=100`);
}
