const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[\d¹²³])$/i;

/**
 * The device that Windows opens in place of a file of this name, in whatever folder and with whatever extension: what is written
 * to it is lost. Source: learn.microsoft.com/windows/win32/fileio/naming-a-file
 */
export function windowsDeviceOf(path: string): string | undefined {
  const name = path.split(/[\\/]/).at(-1) ?? '';
  const [stem = ''] = name.split(/[.:]/);
  const device = stem.replace(/ +$/, '');
  return DEVICE.test(device) ? device.toUpperCase() : undefined;
}
