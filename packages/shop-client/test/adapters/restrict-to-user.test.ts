import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { restrictToUser } from '../../src/index.ts';
import { temporaryFolder } from '../support/till.ts';

function ownFile(): string {
  const file = join(temporaryFolder(), 'device.pem');
  writeFileSync(file, '', { mode: 0o644 });
  return file;
}

/** Programs in the place of Windows' own: each notes what it is called with. */
function onWindows(programs: Readonly<Record<string, string>>): () => string[] {
  const root = temporaryFolder();
  const calls = join(root, 'calls');
  writeFileSync(calls, '');
  mkdirSync(join(root, 'System32'));
  for (const [name, body] of Object.entries(programs)) {
    const program = join(root, 'System32', name);
    writeFileSync(program, `#!/bin/sh\necho "${name} $*" >> ${calls}\n${body}\n`);
    chmodSync(program, 0o755);
  }
  const { platform } = process;
  Object.defineProperty(process, 'platform', { value: 'win32' });
  vi.stubEnv('SystemRoot', root);
  onTestFinished(() => {
    Object.defineProperty(process, 'platform', { value: platform });
    vi.unstubAllEnvs();
  });
  return () => readFileSync(calls, 'utf8').split('\n').filter(Boolean);
}

const WHOAMI = `echo '"kasse07\\\\verkauf","S-1-5-21-1004336348-1177238915-682003330-1001"'`;

describe.skipIf(process.platform === 'win32')('a file that is for this user alone', () => {
  test('has the mode 0600', () => {
    const file = ownFile();
    restrictToUser(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('has an access list on Windows: this user by SID, LocalSystem and administrators, and nothing inherited', () => {
    const file = ownFile();
    const calls = onWindows({ 'whoami.exe': WHOAMI, 'icacls.exe': '' });
    restrictToUser(file);
    const user = '*S-1-5-21-1004336348-1177238915-682003330-1001:F';
    expect(calls().at(-1)).toBe(
      `icacls.exe ${file} /inheritance:r /grant:r ${user} *S-1-5-18:F *S-1-5-32-544:F`,
    );
  });

  test.each([
    [
      'fails',
      { 'whoami.exe': WHOAMI, 'icacls.exe': 'echo "Access is denied." >&2; exit 5' },
      /ended with 5: Access is/,
    ],
    ['is not there', { 'whoami.exe': WHOAMI }, /ENOENT/],
  ])('is refused where icacls %s', (_, programs, cause) => {
    const file = ownFile();
    onWindows(programs);
    expect(() => restrictToUser(file)).toThrow(
      expect.objectContaining({
        code: 'file_not_restricted',
        message: `Access to the file ${file} could not be restricted to this user.`,
        cause: expect.objectContaining({ message: expect.stringMatching(cause) }),
      }),
    );
  });

  test('is refused where it is missing', () => {
    expect(() => restrictToUser(join(temporaryFolder(), 'none'))).toThrow(
      expect.objectContaining({ code: 'file_not_restricted' }),
    );
  });
});
