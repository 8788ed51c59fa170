import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../src/config.ts';
import { flagOf, hasKey, hasVariable, OPTION_NAMES, variableOf } from '../src/options.ts';
import { SALE, shopSend, temporaryFolder } from './support/run.ts';

const resolve = (flags: Record<string, unknown>, env: Record<string, string> = {}, cwd = '/work') =>
  resolveSettings(OPTION_NAMES, flags, { env, cwd, signal: new AbortController().signal });

const configured = (content: unknown): Record<string, string> => ({
  SHOP_SEND_CONFIG: join(temporaryFolder({ 'till.json': JSON.stringify(content) }), 'till.json'),
});

describe('where an option comes from', () => {
  test('flags beat the environment, which beats the file', async () => {
    const env = configured({ keyPrefix: 'file', tillId: 'file', timeout: 1 });
    const { values } = await resolve(
      { 'key-prefix': 'flag' },
      { ...env, SHOP_SEND_KEY_PREFIX: 'variable', SHOP_SEND_TILL_ID: 'variable' },
    );
    expect(values).toMatchObject({ keyPrefix: 'flag', tillId: 'variable', timeout: 1 });
  });

  test('an empty variable is as good as none', async () => {
    const { values } = await resolve({}, { ...configured({ tillId: 'file' }), SHOP_SEND_TILL_ID: '' });
    expect(values.tillId).toBe('file');
  });

  test('every option has its own flag, variable and key', () => {
    const variables = OPTION_NAMES.filter(hasVariable).map(variableOf);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variables).toEqual(
      expect.arrayContaining(['SHOP_SEND_URL', 'SHOP_SEND_CA', 'SHOP_SEND_PIN', 'SHOP_SEND_DRY_RUN']),
    );
    expect(OPTION_NAMES.map(flagOf)).toContain('key-prefix');
    expect(OPTION_NAMES.filter(hasKey)).toEqual(
      expect.arrayContaining(['shopId', 'url', 'pinnedKeys', 'noColor']),
    );
  });

  test('a relative path is relative to where it is written', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'etc'));
    writeFileSync(join(cwd, 'etc/till.json'), '{"ca": "ca.pem"}');
    const { values } = await resolve({ config: 'etc/till.json' }, { SHOP_SEND_FILE: 'sale.json' }, cwd);
    expect(values).toMatchObject({ ca: join(cwd, 'etc/ca.pem'), file: join(cwd, 'sale.json') });
  });

  test('switches, numbers and lists can be said in each place', async () => {
    const env = configured({ json: true, attempts: 2, pinnedKeys: ['a', 'b'] });
    expect((await resolve({}, env)).values).toMatchObject({
      json: true,
      attempts: 2,
      pinnedKeys: ['a', 'b'],
    });
    const variables = { SHOP_SEND_JSON: 'no', SHOP_SEND_ATTEMPTS: '3', SHOP_SEND_PIN: 'c, d' };
    expect((await resolve({}, { ...env, ...variables })).values).toMatchObject({
      json: false,
      attempts: 3,
      pinnedKeys: ['c', 'd'],
    });
    expect((await resolve({ pin: ['e', 'f'], json: false }, env)).values).toMatchObject({
      json: false,
      pinnedKeys: ['e', 'f'],
    });
  });

  test('the output can be chosen by the file', async () => {
    const { stdout } = await shopSend(['AMIS1', 'nonsense'], {
      env: configured({ json: true }),
      stdin: SALE,
    });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'invalid_option' } });
  });
});

describe('an address to connect to belongs to the url beside it', () => {
  const env = { SHOP_SEND_URL: 'https://a.invalid/shop', SHOP_SEND_CONNECT: '127.0.0.1:8443' };

  test('it does not count for the url of another host', async () => {
    const { values, labels, warnings } = await resolve({ url: 'https://b.invalid/shop' }, env);
    expect({ connect: values.connect, label: labels.get('connect') }).toEqual({});
    expect(warnings).toEqual([
      'SHOP_SEND_CONNECT belongs to SHOP_SEND_URL and does not count for b.invalid; give --connect to have it so.',
    ]);
  });

  test('it counts for the same host, for one said beside no url, and for one said as near as the url', async () => {
    const counts = async (flags: Record<string, unknown>, variables: Record<string, string>) => {
      const { values, warnings } = await resolve(flags, variables);
      expect(warnings).toEqual([]);
      return values.connect;
    };
    expect(await counts({}, env)).toBe('127.0.0.1:8443');
    expect(await counts({ url: 'https://a.invalid/other' }, env)).toBe('127.0.0.1:8443');
    const alone = { SHOP_SEND_CONNECT: env.SHOP_SEND_CONNECT };
    expect(await counts({ url: 'https://b.invalid' }, alone)).toBe('127.0.0.1:8443');
    expect(await counts({ url: 'https://b.invalid', connect: 'x:1' }, env)).toBe('x:1');
    expect(await counts({ connect: 'x:1' }, env)).toBe('x:1');
  });

  test('what is no url is told as such, and nothing besides', async () => {
    expect((await resolve({ url: 'nonsense' }, env)).warnings).toEqual([]);
  });

  test('so it is with the configuration file', async () => {
    const file = configured({ url: 'https://a.invalid', connect: 'x:1' });
    expect((await resolve({}, file)).values.connect).toBe('x:1');
    const { values, warnings } = await resolve({}, { ...file, SHOP_SEND_URL: 'https://b.invalid' });
    expect(values.connect).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  test('the sandbox’s address is not tried for a shop that is named, and that is said', async () => {
    const { stderr } = await shopSend(['AMIS1', 'https://b.invalid', '--dry-run'], { env });
    expect(stderr).toContain('shop-send: warning: SHOP_SEND_CONNECT belongs to SHOP_SEND_URL');
  });
});

describe('mistakes', () => {
  test.each([
    [
      '{"keyprefix": "x"}',
      'The configuration file <file> has an unknown key "keyprefix"; did you mean keyPrefix?',
    ],
    [
      '{"apiKey": "x"}',
      'The configuration file <file> has an unknown key "apiKey"; did you mean apiKeyFile?',
    ],
    ['{"config": "x"}', 'The configuration file <file> has an unknown key "config".'],
    ['[]', 'The configuration file <file> must hold a JSON object.'],
    ['{\n"url": }', 'The configuration file <file> is not JSON: line 2, column 8.'],
    [
      '{"url": "https://a.example",\n"url": "https://b.example"}',
      'The configuration file <file> has a duplicate key: line 2, column 1.',
    ],
    ['{"timeout": "soon"}', 'timeout in <file> must be a number of seconds from 0.001 to 3600.'],
    ['{"json": "perhaps"}', 'json in <file> must be true or false.'],
    ['{"tillId": ["x"]}', 'tillId in <file> must be a single value.'],
    ['{"tillId": null}', 'tillId in <file> must be a single value.'],
    ['{"tillId": ""}', 'tillId in <file> needs a value.'],
    ['{"pinnedKeys": [1]}', 'pinnedKeys in <file> must be a list of texts.'],
    [
      '{"keyPrefix": "x"}',
      'keyPrefix in <file> must be the word alias/ and then letters, digits, / _ and -.',
    ],
  ])('in the configuration file: %s', async (content, sentence) => {
    const file = join(temporaryFolder({ 'till.json': content }), 'till.json');
    const given = await shopSend(['AMIS1', 'https://shop.invalid', '--config', file], { stdin: SALE });
    expect(given).toMatchObject({ exitCode: 2, stdout: '' });
    expect(given.stderr.split('\n')[0]?.replace(file, '<file>')).toBe(`shop-send: ${sentence}`);
  });

  test.each([
    ['no JSON', String.raw`{"outbox": "C:\Shop\outbox.db"}`, /is not JSON: line 1, column 12/],
    [
      'JSON by chance',
      String.raw`{"outbox": "C:\till\new.db"}`,
      /outbox in the configuration file \S+ has a control character/,
    ],
  ])(
    'a path of Windows with single backslashes is %s, and how it is written is said',
    async (_, content, sentence) => {
      const file = join(temporaryFolder({ 'till.json': content }), 'till.json');
      const { exitCode, stderr } = await shopSend(['AMIS1', '--config', file]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(sentence) });
      expect(stderr).toContain(String.raw`In JSON a backslash is written twice: "C:\\Till\\outbox.db".`);
    },
  );

  test('an unknown key is answered with the known ones', async () => {
    const file = join(temporaryFolder({ 'till.json': '{"apiKey": 1}' }), 'till.json');
    const { stderr } = await shopSend(['AMIS1', '--config', file]);
    expect(stderr).toMatch(/\n {2}Known are: shopId, url, file, .*pinnedKeys, .*noColor\.\n$/);
  });

  test('the file does not exist', async () => {
    const { exitCode, stderr } = await shopSend(['AMIS1', '--config', 'none.json']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^shop-send: The configuration file .*none\.json does not exist\.\n/);
  });

  test('a variable of a wrong form is named', async () => {
    const { exitCode, stderr } = await shopSend(['AMIS1'], { env: { SHOP_SEND_TIMEOUT: 'soon' } });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^shop-send: SHOP_SEND_TIMEOUT must be a number of seconds/);
  });

  test.each([
    ['SHOP_SEND_FOO', 'is not known.'],
    ['SHOP_SEND_TIMEOUTS', 'is not known; did you mean SHOP_SEND_TIMEOUT?'],
    ['SHOP_SEND_MANY', 'does not count: --many is given on the command line only.'],
    ['SHOP_SEND_FORMAT', 'does not count: --format is given on the command line only.'],
  ])('the variable %s %s', async (name, sentence) => {
    const { warnings } = await resolve({}, { [name]: '1' });
    expect(warnings).toEqual([`The variable ${name} ${sentence}`]);
  });

  test('an unknown variable is warned of, but not with --json or --quiet', async () => {
    const env = { SHOP_SEND_ULR: 'x' };
    const warning =
      'shop-send: warning: The variable SHOP_SEND_ULR is not known; did you mean SHOP_SEND_URL?\n';
    expect((await shopSend(['completion', 'bash'], { env })).stderr).toBe(warning);
    for (const flag of ['--json', '--quiet']) {
      expect((await shopSend(['AMIS1', flag], { env })).stderr).not.toContain('ULR');
    }
  });
});
