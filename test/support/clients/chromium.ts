import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * A real Chromium, the one that is installed: the tests never bring a browser of their own.
 * @throws when there is none, with what to install
 */
export function launchChromium(): Promise<Browser> {
  // Root, as in CI, has no user namespace for the sandbox; the only pages it shows are ours.
  return chromium.launch({ executablePath: findChromium(), chromiumSandbox: false, args: ['--disable-dev-shm-usage'] });
}

/**
 * The path of the Chromium that is installed, or of the one in the variable CHROMIUM.
 * @throws when there is none, with what to install
 */
export function findChromium(): string {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const candidates = NAMES.flatMap((name) => PATH.split(':').map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new Error(
      `No Chromium (${NAMES.join(', ')}) is on the PATH: apt-get install chromium, or set CHROMIUM to its path`,
    );
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
