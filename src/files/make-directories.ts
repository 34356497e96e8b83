import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it that are missing, for the owner only; does nothing where it is there. One level
 * at a time: Node's own recursive `mkdir` (20.20, 24.21) goes on for ever where a parent is there and nothing can be
 * made in it, as in some filesystems of the kernel.
 *
 * @throws the error of the system, such as EACCES, ENOTDIR or ENOENT
 */
export function makeDirectories(path: string): void {
  try {
    makeDirectory(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    if (statSync(parent, { throwIfNoEntry: false }) !== undefined) throw error;
    makeDirectories(parent);
    makeDirectory(path);
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // A file of that name is another error, which the first use of the directory meets.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
