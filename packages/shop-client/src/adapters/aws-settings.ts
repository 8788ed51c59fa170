/** A setting of AWS's own that cannot be used. */
export class SettingError extends Error {
  override readonly name: string;
  /** Which one, fit to be printed. */
  readonly setting: string | undefined;

  constructor(name: 'RegionError' | 'EndpointError', setting: string | undefined, cause?: unknown) {
    super(`${setting ?? 'nothing'} cannot be used`, { cause });
    this.name = name;
    this.setting = setting;
  }
}

export function printable(text: string | undefined): string | undefined {
  return text ? JSON.stringify(text.slice(0, 64)) : undefined;
}

/** The variable that names KMS's endpoint, if any does; an empty one names none. */
export function endpointVariable(): string | undefined {
  return ['AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL'].find((name) => process.env[name]);
}

/** "localhost:4566" is a URL with the scheme "localhost", with which the SDK goes elsewhere. @throws SettingError */
export function checkEndpoint(variable: string | undefined): void {
  if (variable === undefined) return;
  const value = process.env[variable] ?? '';
  const sound = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  if (!sound) throw new SettingError('EndpointError', variable);
}
