import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { examine } from '../doctor/examine';
import { alignColumns, printJson } from '../print';

const EXIT_FAULT = 1;

export const doctor: Command = {
  summary: 'checks configuration, store, indexes, clock, keys, TLS files and mail, and says what to do',
  help: `postern doctor [--json]

Changes nothing; run it with the service's environment, also beside the service. Exit code 1 when something is wrong;
warnings alone are 0.

${JSON_HELP}`,
  options: JSON_OPTION,
  async run({ json }, terminal) {
    const findings = await examine();
    const healthy = !findings.some(({ level }) => level === 'fault');
    if (json === true) printJson(terminal, { healthy, findings });
    else terminal.stdout.write(alignColumns(findings.map(({ level, check, message }) => [level, check, message])));
    return healthy ? 0 : EXIT_FAULT;
  },
};
