import { spawnSync } from 'node:child_process';

/** Runs what follows as a process that waits for no other one's slice of a core (sched(7), util-linux). */
export const REAL_TIME = { command: 'chrt', args: ['--rr', '1'] } as const;

/** Whether that is allowed: it takes Linux, util-linux and CAP_SYS_NICE. */
export const isRealTime = spawnSync(REAL_TIME.command, [...REAL_TIME.args, 'true']).status === 0;
