import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/commands.ts';
import { asNobody, SALE, shopSend, temporaryFolder } from './support/run.ts';

const URL = 'https://shop.invalid/shop';

const wordsOf = (group: string): string =>
  COMMANDS.flatMap(({ words: [first, second] }) => (first === group && second ? [second] : [])).join(', ');

/** Little-endian. */
const utf32 = (text: string): Buffer =>
  Buffer.concat(
    [...text].map((character) => Buffer.from(Uint32Array.of(character.codePointAt(0) ?? 0).buffer)),
  );

/** Exit code 2, one sentence what and one what to do, no stack, and nothing on standard output. */
async function refused(
  args: readonly string[],
  files: Record<string, string> = {},
  stdin?: string | Uint8Array,
) {
  const cwd = temporaryFolder(files);
  const { exitCode, stdout, stderr } = await shopSend(args, { cwd, ...(stdin !== undefined && { stdin }) });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  const [what, toDo, ...rest] = stderr.replaceAll(cwd, '.').split('\n');
  expect(toDo).toMatch(/^ {2}\S.*\.$/);
  expect(rest).toEqual(['']);
  return what?.replace(/^shop-send: /, '');
}

describe('the command line', () => {
  test.each([
    [[], 'No shop id is given.'],
    [['AMIS1'], 'No URL is given.'],
    [['https://api.retsema.eu/shop'], 'The shop id comes before the URL.'],
    [['AMIS 1', URL], 'shop id must be letters, digits, - and _, such as "AMIS1".'],
    [['AMIS1', 'nonsense'], 'url must be a URL such as "https://api.retsema.eu/shop".'],
    [
      ['AMIS1', 'http://api.retsema.eu/shop'],
      'url must begin with https://; plain HTTP goes only to this machine (localhost, 127.0.0.1).',
    ],
    [['AMIS1', 'https://a:b@c.invalid/'], 'url must not hold a user name or a password.'],
    [['AMIS1', URL, 'third'], 'Unexpected argument "third".'],
    [['AMIS1', URL, '--flie', 'x'], 'The option --flie is not known here; did you mean --file?'],
    [['AMIS1', URL, '--req', '2'], 'The option --req is not known here; did you mean --requests?'],
    [['AMIS1', URL, '--format', 'json'], 'The option --format is not known here.'],
    [['AMIS1', URL, '-x'], 'The option -x is not known here.'],
    [['AMIS1', URL, '-f='], '--file needs a value.'],
    [['AMIS1', URL, '-nx'], '--requests must be a whole number from 1 to 1000000.'],
    [['AMIS1', URL, '--file'], '--file needs a value.'],
    [['AMIS1', URL, '--file='], '--file needs a value.'],
    [['AMIS1', URL, '--pin'], '--pin needs a value.'],
    [['AMIS1', URL, '--timeout', '1', '--timeout', '2'], '--timeout is given more than once.'],
    [['AMIS1', URL, '--timeout', 'soon'], '--timeout must be a number of seconds from 0.001 to 3600.'],
    [['AMIS1', URL, '--timeout', '0'], '--timeout must be a number of seconds from 0.001 to 3600.'],
    [['AMIS1', URL, '--timeout', '-1'], '--timeout must be a number of seconds from 0.001 to 3600.'],
    [['AMIS1', URL, '--attempts', '1.5'], '--attempts must be a whole number from 1 to 1000.'],
    [['AMIS1', URL, '-n', '0'], '--requests must be a whole number from 1 to 1000000.'],
    [['AMIS1', URL, '-n', '1e3'], '--requests must be a whole number from 1 to 1000000.'],
    [
      ['AMIS1', URL, '-n', '2', '--sale-id', 'x'],
      '--sale-id names one sale, so it cannot go with more than one request.',
    ],
    [
      ['AMIS1', URL, '--number-rules', 'maxQuantity'],
      '--number-rules: "maxQuantity" is not of the form RULE=VALUE.',
    ],
    [
      ['AMIS1', URL, '--number-rules', 'maxQuantity='],
      '--number-rules: "maxQuantity=" is not of the form RULE=VALUE.',
    ],
    [
      ['AMIS1', URL, '--number-rules', 'maxQuantity=9,maxQuantity=99'],
      '--number-rules: maxQuantity is given twice.',
    ],
    [['AMIS1', URL, '--number-rules', 'largest=9'], 'numberRules.largest is not an option.'],
    [
      ['AMIS1', URL, '--number-rules', 'moneyDecimals=two'],
      'numberRules.moneyDecimals must be a whole number from 0 to 6.',
    ],
    [
      ['AMIS1', URL, '--number-rules', 'leadingZeros=perhaps'],
      'numberRules.leadingZeros must be one of true, false.',
    ],
    [['AMIS1', URL, '--protocol', '3'], '--protocol must be one of auto, 1, 2.'],
    [['AMIS1', URL, '--seal-with', 'glue'], '--seal-with must be one of public-key, kms.'],
    [
      ['AMIS1', URL, '--key-prefix', 'KeyL-'],
      '--key-prefix must be the word alias/ and then letters, digits, / _ and -.',
    ],
    [['AMIS1', URL, '--pin', 'abc'], '--pin must be thumbprints of 43 base64url characters (RFC 7638).'],
    [['AMIS1', URL, '--connect', 'a b'], '--connect must be HOST or HOST:PORT.'],
    [['AMIS1', URL, '--sandbox'], '--sandbox brings its own shop, so url cannot be given with it.'],
    [
      ['AMIS1', '--sandbox', '--connect', 'x:1'],
      '--sandbox brings its own shop, so --connect cannot be given with it.',
    ],
    [['key'], 'The command key needs one of the words show, refresh, pin, export.'],
    [['key', 'shwo', 'AMIS1'], 'The command key needs one of the words show, refresh, pin, export.'],
    [['key', 'show'], 'No shop id is given.'],
    [['key', 'show', 'AMIS1', '--file', 'x'], 'The option --file is not known here.'],
    [['key', 'pin', 'AMIS1', '--write'], '--write needs a configuration file to write to.'],
    [['outbox'], `The command outbox needs one of the words ${wordsOf('outbox')}.`],
    [['outbox', 'status'], 'No outbox is given.'],
    [['outbox', 'list', '--state', 'lost'], '--state must be one of queued, accepted, rejected, resolved.'],
    [['outbox', 'list', '--limit', '0'], '--limit must be a whole number from 1 to 999999999.'],
    [['outbox', 'flush', 'AMIS1'], 'Unexpected argument "AMIS1".'],
    [['AMIS1', URL, '--concurrency', '0'], '--concurrency must be a whole number from 1 to 1000.'],
    [['completion', 'tcsh'], 'shell must be one of bash, zsh, fish.'],
  ])('%j', async (args, sentence) => {
    expect(await refused(args, {}, SALE)).toBe(sentence);
  });

  test.each([
    [
      ['status', '--outbox', 'x'],
      'Did you mean `shop-send outbox status`? Here "status" is read as a shop id.',
    ],
    [['flush'], 'Did you mean `shop-send outbox flush`? Here "flush" is read as a shop id.'],
    [
      ['retry', 'A-1', '--outbox', 'x'],
      'Did you mean `shop-send outbox retry`? Here "retry" is read as a shop id.',
    ],
    [
      ['verify', '--json-typo'],
      'Did you mean `shop-send outbox verify`? Here "verify" is read as a shop id.',
    ],
    [
      ['list', '--state', 'queued'],
      'Did you mean `shop-send outbox list`? Here "list" is read as a shop id.',
    ],
    [['rejected', URL], 'Did you mean `shop-send outbox rejected`? Here "rejected" is read as a shop id.'],
    [
      ['show', 'AMIS1'],
      'Did you mean `shop-send key show` or `shop-send till show`? Here "show" is read as a shop id.',
    ],
    [['outbx', 'status'], 'Did you mean `shop-send outbox status`? Here "outbx" is read as a shop id.'],
    [['docter', 'AMIS1'], 'Did you mean `shop-send doctor`? Here "docter" is read as a shop id.'],
    [['stauts'], 'Did you mean `shop-send outbox status`? Here "stauts" is read as a shop id.'],
    [['send', 'AMIS1'], 'Did you mean `shop-send AMIS1`? Here "send" is read as a shop id.'],
    [
      ['AMIS1', 'outbox', 'status'],
      'Did you mean `shop-send outbox status`? Here "outbox" is read as a URL.',
    ],
    [['AMIS1', 'doctor'], 'Did you mean `shop-send doctor AMIS1`? Here "doctor" is read as a URL.'],
    [['AMIS1', 'key', 'show'], 'Did you mean `shop-send key show AMIS1`? Here "key" is read as a URL.'],
  ])('%j is a command that was mistyped, and no sale for a shop of that name', async (args, sentence) => {
    expect(await refused([...args], {}, SALE)).toBe(sentence);
  });

  test('a shop that is called like a command is reached behind --, and one that is nearly so by its URL', async () => {
    const send = (...args: string[]) => shopSend([...args, '--dry-run'], { stdin: SALE });
    for (const args of [
      ['--outbox', 'x', '--dry-run', '--', 'status', URL],
      ['outbxx', URL, '--public-key', 'none'],
    ]) {
      expect((await send(...args)).stderr).not.toContain('Did you mean');
    }
    expect((await shopSend(['--', 'status'], { stdin: SALE })).stderr).toMatch(
      /^shop-send: No URL is given\./,
    );
  });

  test('a file in the wrong place is shown its option', async () => {
    const hint = async (...args: string[]) => (await shopSend(args, { stdin: SALE })).stderr.split('\n  ')[1];
    expect(await hint('AMIS1', URL, 'sale.json')).toBe('A file is named by its option: --file sale.json.\n');
    expect(await hint('AMIS1', 'sale.json')).toBe('For the sale in it write: --file sale.json.\n');
    expect(await hint('outbox', 'status', 'till.db')).toBe(
      'A file is named by its option: --outbox till.db.\n',
    );
    expect(await hint('outbox', 'stauts')).toBe(
      'Did you mean `shop-send outbox status`? See shop-send outbox --help.\n',
    );
    expect(await hint('key', 'status')).toBe(
      'Did you mean `shop-send outbox status`? See shop-send key --help.\n',
    );
    expect(await hint()).toContain('shop-send --help');
  });

  test('with --json it is an object on standard output', async () => {
    const { exitCode, stdout, stderr } = await shopSend(['AMIS1', '--flie', 'x', '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      status: 'failed',
      error: {
        code: 'usage',
        message: 'The option --flie is not known here; did you mean --file?',
        retryable: false,
        hint: 'See shop-send --help.',
      },
    });
  });

  test('with --json --quiet standard output stays empty and standard error tells', async () => {
    const { exitCode, stdout, stderr } = await shopSend(['AMIS1', 'nonsense', '--json', '--quiet']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^shop-send: url must be a URL/);
  });
});

describe('the sale', () => {
  const send = ['AMIS1', URL];
  const secret = 'item_no_98765';

  test('there is none', async () => {
    const sentence = 'There is no sale to send: no --file, nothing on standard input and no sales.txt here.';
    expect(await refused(send)).toBe(sentence);
    expect(await refused(send, {}, '')).toBe('There is no sale in standard input: it is empty.');
  });

  test.each(['--dry-run=yes', '--sandbox=1', '--json=maybe', '--quiet='])(
    '%s: a switch takes no value',
    async (word) => {
      const name = word.split('=')[0];
      expect(await refused([...send, word])).toBe(`The option ${name} takes no value.`);
    },
  );

  test('the file is missing, a folder, unreadable, too large or no text', async () => {
    const cwd = temporaryFolder();
    const file = (name: string) => [...send, '--file', name];
    mkdirSync(join(cwd, 'folder'));
    expect(await refused(file('none.json'))).toBe('The file ./none.json does not exist.');
    expect(await refused(file('none.json/x'), { 'none.json': '' })).toBe(
      'The file ./none.json/x does not exist.',
    );
    expect(await refused(file(join(cwd, 'folder')))).toBe(`The file ${cwd}/folder is a folder.`);
    expect(await refused(file('a'), { a: ' '.repeat(1_048_577) })).toBe('The file ./a is larger than 1 MiB.');
    expect(await refused(file('-'), {}, ' '.repeat(1_048_577))).toBe('Standard input is larger than 1 MiB.');
    expect(await refused(send, {}, Buffer.from([0x7b, 0xff, 0xfe]))).toBe(
      'Standard input is not UTF-8: byte 2 looks like Latin-1 or Windows-1252.',
    );
    expect(await refused(file('a'), { a: '' })).toMatch(/^There is no sale in .*: it is empty\.$/);
    expect(await refused(file('-'), {}, '')).toBe('There is no sale in standard input: it is empty.');
  });

  test.each([
    ['UTF-32 with a mark', utf32(`\ufeff${SALE}`), 'is UTF-32, not UTF-8.'],
    ['UTF-32 without one', utf32(SALE), 'is UTF-32, not UTF-8.'],
    ['UTF-32, big-endian', utf32(`\ufeff${SALE}`).swap32(), 'is UTF-32, not UTF-8.'],
    ['UTF-32, big-endian, without a mark', utf32(SALE).swap32(), 'is UTF-32, not UTF-8.'],
    ['UTF-16 with a mark', Buffer.from(`\ufeff${SALE}`, 'utf16le'), 'is UTF-16, not UTF-8.'],
    ['UTF-16 without one', Buffer.from(SALE, 'utf16le'), 'is UTF-16, not UTF-8.'],
    ['UTF-16, big-endian', Buffer.from(`\ufeff${SALE}`, 'utf16le').swap16(), 'is UTF-16, not UTF-8.'],
    ['UTF-16, big-endian, without a mark', Buffer.from(SALE, 'utf16le').swap16(), 'is UTF-16, not UTF-8.'],
    [
      'Latin-1',
      Buffer.from('{"sales": "Käse"}', 'latin1'),
      'is not UTF-8: byte 13 looks like Latin-1 or Windows-1252.',
    ],
  ])('%s is named, of one sale, of many, of a configuration', async (_, bytes, problem) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'a'), bytes);
    const told = async (...args: string[]) => (await shopSend(args, { cwd })).stderr.replaceAll(cwd, '.');
    expect(await told(...send, '--file', 'a')).toMatch(
      `shop-send: The file ./a ${problem}\n  Save it as UTF-8`,
    );
    expect(await told(...send, '--config', 'a')).toMatch(
      `shop-send: The configuration file ./a ${problem}\n  Save it as UTF-8`,
    );
    const many = await shopSend([...send, '--many', '--file', 'a', '--dry-run'], { cwd });
    expect(many.exitCode).toBe(2);
    expect(many.stderr.match(/not UTF-8/g)).toHaveLength(1);
    expect(many.stderr).toContain(problem);
    expect(await refused(send, {}, bytes)).toBe(`Standard input ${problem}`);
  });

  test('several sales are told as such, with --many', async () => {
    const hinted = async (text: string) => (await shopSend(send, { stdin: text })).stderr;
    expect(await hinted(`${SALE}\n${SALE}\n\n${SALE}\n`)).toBe(
      'shop-send: One sale is expected, and standard input holds 3 lines of JSON.\n  Send many sales, one a line, with --many.\n',
    );
    expect(await hinted(`[${SALE}, ${SALE}]`)).toBe(
      'shop-send: One sale is expected, and standard input holds a list of 2.\n  Write one sale a line, without brackets and commas. Send many sales, one a line, with --many.\n',
    );
    expect(await hinted(`${SALE}\n{"sales":`)).toMatch(/is not JSON: line 2, column 1\./);
  });

  test('a decimal comma is named, in a string and as a number', async () => {
    const sale = (turnover: string) =>
      `{"sales": [{"item_no": "1", "gross_number": "1", "gross_turnover": ${turnover}}]}`;
    expect(await refused(send, {}, sale('"7,50"'))).toBe(
      'The sale is not valid: sale line 1: gross_turnover must be a decimal string such as "60.00", with a decimal point, not a decimal comma.',
    );
    expect(await refused(send, {}, sale('"1.234,50"'))).toMatch(
      /, with a decimal point, not a decimal comma\.$/,
    );
    expect(await refused(send, {}, sale('7,50'))).toBe(
      'The sale in standard input has a number with a decimal comma: line 1, column 70.',
    );
  });

  test.skipIf(process.platform === 'win32')('the file may not be read', async () => {
    const cwd = temporaryFolder({ a: SALE });
    chmodSync(cwd, 0o755);
    chmodSync(join(cwd, 'a'), 0o000);
    expect(await asNobody(() => refused([...send, '--file', join(cwd, 'a')]))).toContain(
      'may not be read by this user',
    );
  });

  test.each([
    ['{', 1, 2],
    [`{"sales": [{"${secret}": }]}`, 1, 30],
    [`{\n  "sales": [\n    {"item_no": "1",}\n  ]\n}`, 3, 21],
    [`[1, 2] "${secret}"`, 1, 8],
    [`{"a": "${secret}\n"}`, 1, 7],
    [`{"a": 01}`, 1, 7],
    [`${'['.repeat(100_000)}`, 1, 100_001],
    [`"${'x'.repeat(1_000_000)}`, 1, 1],
  ])('is not JSON: the place is named, the text is not: %#', async (text, line, column) => {
    const sentence = await refused(send, {}, text);
    expect(sentence).toBe(`The sale in standard input is not JSON: line ${line}, column ${column}.`);
  });

  test.each([
    ['{"sales": [], "sales": []}', 15],
    [`{"sales": [{"item_no": "1", "gross_number": "1", "item\\u005fno": "${secret}"}]}`, 50],
  ])('has a duplicate key, so that one of the two would be lost: %#', async (text, column) => {
    const sentence = await refused(send, {}, text);
    expect(sentence).toBe(`The sale in standard input has a duplicate key: line 1, column ${column}.`);
  });

  test('the same name in two objects is no mistake', async () => {
    expect(await refused(send, {}, '{"sales": [{"item_no": "1"}, {"item_no": "1"}]}')).toMatch(
      /^The sale is not valid: sale line 1: gross_number is missing/,
    );
  });

  test.each([
    ['[]', 'The sale is not valid: the sale must be an object, not a list.'],
    ['{}', 'The sale is not valid: sales is missing.'],
    [
      '{"sales": [{"item_no": 5, "gross_number": "5", "gross_turnover": "60.00"}]}',
      'The sale is not valid: sale line 1: item_no must be 1 to 15 digits, such as "12345", not a number.',
    ],
  ])('breaks the rules of a sale: %s', async (text, sentence) => {
    expect(await refused(send, {}, text)).toBe(sentence);
  });

  test('an invalid sale id names the option', async () => {
    expect(await refused([...send, '--sale-id', 'a b'], {}, SALE)).toMatch(/^--sale-id must be 1 to 128 of/);
  });
});

describe('files of options', () => {
  test('authorities: no certificate, no file', async () => {
    const send = ['AMIS1', URL, '--ca', 'ca.pem'];
    expect(await refused(send)).toBe('The file of authorities ./ca.pem does not exist.');
    expect(await refused(send, { 'ca.pem': 'none' })).toBe(
      '--ca must hold one or more certificates in PEM form.',
    );
  });

  test('device key: no key, no JSON, no till', async () => {
    const send = ['AMIS1', URL, '--device-key', 'key'];
    const sentence = '--device-key must be a private key on the curve P-256, as PEM, JWK or KeyObject.';
    expect(await refused([...send, '--till-id', 't'], { key: 'none' })).toBe(sentence);
    expect(await refused([...send, '--till-id', 't'], { key: '{"kty": "oct"}' })).toBe(sentence);
    expect(await refused([...send, '--till-id', 't'], { key: '{' })).toBe(
      'The device key ./key is not JSON.',
    );
    expect(await refused([...send, '--till-id', 't'], { key: '{"kty": "EC", "kty": "EC"}' })).toBe(
      'The device key ./key has a duplicate key.',
    );
    expect(await refused(send, { key: 'none' })).toBe(
      '--device-key needs --till-id: the shop knows a device key by its till.',
    );
  });
});
