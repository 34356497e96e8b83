import { listLiveSessions } from '../../auth/sessions/sessions';
import { loadSettings } from '../../config/config';
import { type Command, JSON_HELP, JSON_OPTION } from '../command';
import { findUser, USER_HELP } from '../find-user';
import { describeLockout, findFailureAddresses, findLockout, isLocked } from '../lockout';
import { withoutKeys, withTool } from '../open-tool';
import { printJson, printUser } from '../print';

export const usersShow: Command = {
  summary: 'shows one user',
  help: `postern users show USER [--json]\n\n${USER_HELP} Says also whether logins are refused after failed ones.\n\n${JSON_HELP}`,
  options: JSON_OPTION,
  operands: { min: 1, max: 1 },
  async run({ json }, terminal, [who = '']) {
    const { user, liveSessions, lockout, addresses } = await withTool(withoutKeys(loadSettings()), async (core) => {
      const found = await findUser(core, who, core.internalCall());
      const live = await listLiveSessions(core.store, found.id, { now: new Date() }, core.internalCall());
      const lockout = await findLockout(core, found);
      const addresses = isLocked(lockout) ? await findFailureAddresses(core, found.id) : [];
      return { user: found, liveSessions: live.length, lockout, addresses };
    });
    if (json === true) printJson(terminal, { user, liveSessions, lockout: { ...lockout, addresses } });
    else {
      printUser(terminal, user, { 'live sessions': liveSessions, 'locked out': describeLockout(lockout, addresses) });
    }
    return 0;
  },
};
