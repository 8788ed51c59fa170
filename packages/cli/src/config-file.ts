import { CliError } from './cli-error.ts';
import { isMissing, readFileText } from './files.ts';
import { parseJson } from './json.ts';
import { nearest } from './nearest.ts';
import { hasKey, OPTION_NAMES } from './options.ts';
import { printable } from './printable.ts';
import { replaceFile } from './replace-file.ts';

export type ConfigContent = Readonly<Record<string, unknown>>;

/**
 * @param signal ends the wait for a pipe to which nobody writes
 * @param mayBeMissing whether a file that does not exist is as good as an empty one
 * @throws {CliError} where it is not a JSON object of known keys
 */
export async function readConfigFile(
  path: string,
  signal: AbortSignal,
  mayBeMissing = false,
): Promise<ConfigContent> {
  const text = await readFileText(path, 'the configuration file', signal).catch((error: unknown) => {
    if (mayBeMissing && isMissing(error)) return '{}';
    throw error;
  });
  const content = parseJson(text, ({ problem, line, column }) =>
    invalid(`The configuration file ${printable(path)} ${problem}: line ${line}, column ${column}.`, text),
  );
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw invalid(`The configuration file ${printable(path)} must hold a JSON object.`);
  }
  const known = OPTION_NAMES.filter(hasKey);
  for (const key of Object.keys(content)) {
    if (known.some((name) => name === key)) continue;
    const meant = nearest(key, known);
    throw new CliError(
      'invalid_configuration',
      `The configuration file ${printable(path)} has an unknown key "${printable(key)}"${meant ? `; did you mean ${meant}?` : '.'}`,
      `Known are: ${known.join(', ')}.`,
    );
  }
  refuseControlCharacters(path, content as ConfigContent, text);
  return content as ConfigContent;
}

/** As where `"C:\till"` in JSON is a C, a colon and a tabulator. */
function refuseControlCharacters(path: string, content: ConfigContent, text: string): void {
  for (const [key, value] of Object.entries(content)) {
    if (typeof value !== 'string' || !SPOILED_PATH.test(value)) continue;
    throw invalid(`${key} in the configuration file ${printable(path)} has a control character in it.`, text);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SPOILED_PATH = /^[A-Za-z]:.*[\u0000-\u001f]/s;
/** A drive with a single backslash after it. */
const WINDOWS_PATH = /"[A-Za-z]:\\(?!\\)/;

/** Adds a thumbprint to `pinnedKeys` and leaves all else as it is; makes the file. @returns whether it was new */
export async function addPin(path: string, kid: string, signal: AbortSignal): Promise<boolean> {
  const content = await readConfigFile(path, signal, true);
  const { pinnedKeys: pinned = [] } = content;
  const list: unknown = typeof pinned === 'string' ? pinned.split(/[\s,]+/) : pinned;
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
    throw invalid(`pinnedKeys in ${printable(path)} must be a list of texts.`);
  }
  if (list.includes(kid)) return false;
  await replaceFile(path, `${JSON.stringify({ ...content, pinnedKeys: [...list, kid] }, null, 2)}\n`);
  return true;
}

function invalid(message: string, text = ''): CliError {
  const hint = WINDOWS_PATH.test(text)
    ? 'In JSON a backslash is written twice: "C:\\\\Till\\\\outbox.db".'
    : 'Correct the configuration file.';
  return new CliError('invalid_configuration', message, hint);
}
