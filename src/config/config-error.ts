/** The configuration is refused; every fault is one line `NAME: what is wrong; what to do` and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  /** `hints` are printed after the faults: a misspelt name may be what one of them lacks. */
  constructor(
    readonly faults: readonly string[],
    hints: readonly string[] = [],
  ) {
    super(`Invalid configuration:\n${[...faults, ...hints].map((line) => `  ${line}`).join('\n')}`);
  }
}

/** What is wrong with one value, and what to do; never repeats the value. */
export class Fault extends Error {
  override readonly name = 'Fault';
}
