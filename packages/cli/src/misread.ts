import { CliError } from './cli-error.ts';
import { COMMANDS, type CommandSpec, GROUPS } from './commands.ts';
import { nearest } from './nearest.ts';
import { flagOf, type OptionName } from './options.ts';
import { printable } from './printable.ts';

/** What a person typed and what they most likely meant: commands that look like shops, words that belong behind a flag. */

const HELP = 'See shop-send --help.';
const TOP_WORDS = [...new Set(COMMANDS.flatMap(({ words }) => words.slice(0, 1))), 'help', 'version'];
const SECOND_WORDS = [...new Set(COMMANDS.flatMap(({ words }) => words.slice(1)))];
/** Shop ids are seldom written like that, and commands always. */
const LIKE_A_COMMAND = /^[a-z]{4,}$/;
const SALE_FILE = /(^-$|\.(json|jsonl|ndjson|txt|csv)$)/i;

/**
 * Whether the first words of a command line without a command are one that was mistyped, or meant for `--file`. Without this
 * `shop-send status --outbox FILE` would be a sale for the shop "status".
 * @throws {CliError}
 */
export function refuseMisreadShop([first, second, ...rest]: readonly string[]): void {
  if (first === undefined || isUrl(first)) return;
  const called = callOf(first, second);
  if (called !== undefined) {
    throw new CliError(
      'usage',
      `Did you mean ${called}? Here "${printable(first)}" is read as a shop id.`,
      `For a shop of that name write, after all options: -- ${printable(first)}.`,
    );
  }
  if (second === undefined || isUrl(second)) return;
  const behind = callOf(second, rest[0], first);
  if (behind !== undefined) {
    const message = `Did you mean ${behind}? Here "${printable(second)}" is read as a URL.`;
    throw new CliError('usage', message, HELP);
  }
  if (SALE_FILE.test(second)) {
    const hint = `For the sale in it write: --file ${printable(second)}.`;
    throw new CliError('usage', `"${printable(second)}" is a file, and here a URL is expected.`, hint);
  }
}

const isUrl = (word: string): boolean => word.includes('://');

/** How the command is called that a word, with the next one, stands for. @param shop the word before, if any */
function callOf(word: string, next: string | undefined, shop?: string): string | undefined {
  if (word === 'send') return `\`shop-send ${next === undefined ? '<shop-id>' : printable(next)}\``;
  const isSure = shop === undefined && next !== undefined && isUrl(next);
  const known = [...TOP_WORDS, ...SECOND_WORDS];
  const meant =
    known.includes(word) || isSure || !LIKE_A_COMMAND.test(word)
      ? word
      : nearest(word, known, Math.floor(word.length / 4));
  if (meant === undefined || (TOP_WORDS.includes(meant) && meant === word && shop === undefined)) return;
  if (SECOND_WORDS.includes(meant)) return callsOf(meant, shop);
  return TOP_WORDS.includes(meant) ? topCall(meant, next, shop) : undefined;
}

function topCall(top: string, next: string | undefined, shop: string | undefined): string {
  const command = COMMANDS.find(({ words }) => words[0] === top && (words.length === 1 || words[1] === next));
  return command ? spelled(command, shop) : `\`shop-send ${top}\``;
}

const callsOf = (second: string, shop: string | undefined): string =>
  COMMANDS.filter(({ words }) => words[1] === second)
    .map((command) => spelled(command, shop))
    .join(' or ');

function spelled({ words, positionals }: CommandSpec, shop: string | undefined): string {
  const id = shop !== undefined && positionals.includes('shopId') ? [printable(shop)] : [];
  return `\`${['shop-send', ...words, ...id].join(' ')}\``;
}

/** A group without one of its words, or with one that it does not have. */
export function unknownInGroup(group: string, word: string | undefined): CliError {
  const own = COMMANDS.filter(({ words }) => words[0] === group && words.length > 1);
  const seconds = own.map(({ words }) => words[1] as string);
  const message = `The command ${group} needs one of the words ${seconds.join(', ')}.`;
  const near = word === undefined ? undefined : nearest(word, seconds);
  const elsewhere = word !== undefined && SECOND_WORDS.includes(word) ? callsOf(word, undefined) : undefined;
  const meant = elsewhere ?? (near && `\`shop-send ${group} ${near}\``);
  const see = `See shop-send ${group} --help.`;
  return new CliError('usage', message, meant ? `Did you mean ${meant}? ${see}` : see);
}

/** A word for which the command has no place. */
export function oneTooMany(word: string, { name, positionals }: CommandSpec, flags: object): CliError {
  const isFree = (option: OptionName) => !(flagOf(option) in flags);
  const option =
    name === 'send' ? 'file' : name.startsWith('outbox') && positionals.length === 0 ? 'outbox' : undefined;
  const shown = printable(word);
  const hint =
    option && isFree(option)
      ? `A file is named by its option: --${flagOf(option)} ${shown}.`
      : 'See shop-send --help.';
  return new CliError('usage', `Unexpected argument "${shown}".`, hint);
}

/** `shop-send help WORDS` of what is no command. */
export function noSuchHelp(words: readonly string[]): CliError {
  const [first = '', second] = words;
  const isGroup = GROUPS[first] !== undefined;
  const meant = isGroup
    ? nearest(
        second ?? '',
        COMMANDS.flatMap(({ words: [top, own] }) => (top === first && own ? [own] : [])),
      )
    : nearest(first, TOP_WORDS);
  const call = meant && `\`shop-send help ${isGroup ? `${first} ` : ''}${meant}\``;
  const calls = SECOND_WORDS.includes(first)
    ? callsOf(first, undefined).replaceAll('shop-send', 'shop-send help')
    : call;
  return new CliError(
    'usage',
    `There is no command "${printable(words.join(' '))}"${calls ? `; did you mean ${calls}?` : '.'}`,
    'shop-send --help lists all commands.',
  );
}
