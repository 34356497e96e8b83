import { COMMAND_LINES, COMMANDS_LEFT_OUT, CommandRun } from '../../bench/cases/growth/command-lines';
import { EVERY_OTHER_RPC, NOT_MEASURED } from '../../bench/cases/growth/every-rpc';
import { OPERATIONS } from '../../bench/cases/growth/operations';
import { COMMANDS } from '../../src/cli/commands';
import { AdminServiceService } from '../../src/gen/postern/auth/v1/admin_service';
import { AuthServiceService } from '../../src/gen/postern/auth/v1/auth_service';

test('The benchmark `growth` measures every RPC, or says why not', () => {
  const rpcs = [AuthServiceService, AdminServiceService].flatMap((service) => Object.values(service));
  const names = rpcs.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  const measured = [...OPERATIONS, ...EVERY_OTHER_RPC].map(({ name }) => name.split(' ')[0] ?? '');
  expect([...new Set([...measured, ...Object.keys(NOT_MEASURED)])].sort()).toEqual([...new Set(names)].sort());
});

test('The benchmark `growth` and the test of plans run every command, or say why not', () => {
  const run = new CommandRun();
  const commands = Object.values(COMMAND_LINES).map((findLine) => findLine(run).command);
  expect([...new Set([...commands, ...Object.keys(COMMANDS_LEFT_OUT)])].sort()).toEqual(Object.keys(COMMANDS).sort());
});
