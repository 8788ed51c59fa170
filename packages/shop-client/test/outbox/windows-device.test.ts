import { expect, onTestFinished, test } from 'vitest';
import { refuseDevice } from '../../src/adapters/sqlite/files/inaccessible.ts';
import { windowsDeviceOf } from '../../src/adapters/sqlite/files/windows-device.ts';
import { backupOutbox, readOutbox, Till } from '../../src/index.ts';

test.each([
  ['NUL', 'NUL'],
  ['nul', 'NUL'],
  ['NUL.db', 'NUL'],
  ['nul.tar.gz', 'NUL'],
  ['NUL .db', 'NUL'],
  ['NUL:', 'NUL'],
  ['con', 'CON'],
  ['Aux.txt', 'AUX'],
  ['prn', 'PRN'],
  ['COM1', 'COM1'],
  ['com9.db', 'COM9'],
  ['COM\u00b9', 'COM\u00b9'],
  ['LPT0', 'LPT0'],
  ['CONIN$', 'CONIN$'],
  ['CONOUT$', 'CONOUT$'],
  ['C:\\ProgramData\\Till\\NUL', 'NUL'],
  ['C:/ProgramData/Till/com1.db', 'COM1'],
  ['\\\\.\\NUL', 'NUL'],
])('on Windows the path %s names the device %s', (path, device) => {
  expect(windowsDeviceOf(path)).toBe(device);
});

test.each([
  'outbox.db',
  'null.db',
  'NULL',
  'CONSOLE',
  'con-1.db',
  'COM.db',
  'COM10',
  'COM12.db',
  'LPT.db',
  'xNUL',
  'NUL\\outbox.db',
  'C:\\NUL.d\\outbox.db',
  ' NUL',
  '.NUL',
  '',
])('on Windows the path %j names no device', (path) => {
  expect(windowsDeviceOf(path)).toBeUndefined();
});

test('elsewhere such a name is a file like any other', () => {
  expect(() => refuseDevice('/var/lib/till/NUL', 'linux')).not.toThrow();
});

function pretendWindows(): void {
  const { platform } = process;
  Object.defineProperty(process, 'platform', { value: 'win32' });
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }));
}

test('no backup is made under the name of a device of Windows', async () => {
  pretendWindows();
  await expect(backupOutbox('outbox.db', 'NUL.db')).rejects.toMatchObject({
    code: 'invalid_option',
    option: 'path',
    message: expect.stringMatching(
      /^path: must be the name of a new file: \S*NUL\.db is the device NUL of Windows$/,
    ),
    hint: 'Name a new file.',
  });
});

test('no outbox is opened, read or created under the name of a device of Windows', async () => {
  pretendWindows();
  const refusal = {
    code: 'outbox_inaccessible',
    message: expect.stringMatching(/^The outbox \S*NUL\.db is the device NUL of Windows/),
    hint: 'Give the outbox another name, such as outbox.db.',
  };
  const options = { shopId: 'AMIS1', url: 'https://shop.invalid/shop', file: 'NUL.db' };
  await expect(Till.open(options)).rejects.toMatchObject(refusal);
  expect(() => Till.identity('NUL.db')).toThrow(expect.objectContaining(refusal));
  expect(() => readOutbox('NUL.db').next()).toThrow(expect.objectContaining(refusal));
});
