import type { Command } from '../command';

/** The service itself, as `npm start` runs it. */
export const serve: Command = {
  summary: 'runs the service until SIGTERM',
  help: 'postern serve\n\nEverything is set by the environment; see docs/configuration.md.',
  options: {},
  async run() {
    // Loading it is running it.
    require('../../main');
    return 0;
  },
};
