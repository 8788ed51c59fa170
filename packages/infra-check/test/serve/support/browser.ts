import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's, and other places where a browser may stand. */
const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const executablePath = PROGRAMS.find((path) => existsSync(path));

/** Why the tests that need a browser are left out; false where they run. */
export const withoutBrowser =
  executablePath === undefined ? 'chromium is not installed (apt-get install chromium)' : false;

/** Headless, with no network but loopback; a sandbox inside a container's is not to be had. */
export async function launch(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(String(withoutBrowser));
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}
