import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { EMPTY_CONFIG, readConfig } from '../../src/serve/config.ts';
import { ConfigError } from '../../src/serve/config-error.ts';
import { MODULE_KEY_NAMES } from '../../src/serve/module-keys.ts';

const FILES: Readonly<Record<string, string | undefined>> = {
  'ca.pem': tls.rootCertificates[0],
  'broken.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  'not-a-ca.pem': 'hello\n',
};

const readNamedFile = async (path: string): Promise<string> => {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
  return text;
};

const read = (text: string) => readConfig('watch.yaml', text, readNamedFile);

const refusal = async (text: string): Promise<ConfigError> => {
  const error = await read(text).catch((thrown: unknown) => thrown);
  if (error instanceof ConfigError) return error;
  throw new Error(`it was not refused: ${text}`);
};

test('every key that the documents name is read', async () => {
  const config = await read(`
interval: 1m
timeout: 8s
timeout_offset: 250ms
concurrency: 4
queue: 0
history: 5
allow: ['*.example.org', 'https://shop.example.com:8443/shop']
modules:
  default: { path: /shop }
  strict:
    path: /shop
    alias_target: d-abc123.execute-api.eu-west-1.amazonaws.com
    expect_ip: [192.0.2.1, '2001:db8::1']
    resolvers: [system, '192.0.2.53:5353']
    authoritative: true
    dns_port: 5353
    validation: _a.api.example.org=_b.acm-validations.aws
    allow_private: false
    ca_file: ca.pem
    expect_issuer: Amazon
    warn: 30
    critical: 10%
    min_tls: 1.2
    connect: 192.0.2.1:8443
    options: true
    post_probe: false
    max_latency: 1.5s
    aws: true
    api: a1b2c3
    stage: prod
    shops: [AMIS1]
    key_prefix: alias/KeyL-
    skip: [dns.ttl]
    timeout: 5s
targets:
  - api.example.org
  - { target: API.example.org., module: strict, interval: 10s }
`);
  expect(config).toEqual({
    timeoutMs: 8_000,
    timeoutOffsetMs: 250,
    concurrency: 4,
    queue: 0,
    history: 5,
    allow: [
      { host: '*.example.org', port: 443, path: null },
      { host: 'shop.example.com', port: 8443, path: '/shop' },
    ],
    modules: new Map<string, object>([
      ['default', { path: '/shop' }],
      [
        'strict',
        {
          path: '/shop',
          aliasTarget: 'd-abc123.execute-api.eu-west-1.amazonaws.com',
          expectIp: ['192.0.2.1', '2001:db8::1'],
          resolvers: ['system', '192.0.2.53:5353'],
          authoritative: true,
          dnsPort: 5353,
          validation: '_a.api.example.org=_b.acm-validations.aws',
          allowPrivate: false,
          ca: FILES['ca.pem'],
          expectIssuer: 'Amazon',
          warn: '30',
          critical: '10%',
          minTls: '1.2',
          connect: '192.0.2.1:8443',
          options: true,
          postProbe: false,
          maxLatencyMs: 1_500,
          aws: true,
          api: 'a1b2c3',
          stage: 'prod',
          shops: ['AMIS1'],
          keyPrefix: 'alias/KeyL-',
          skip: ['dns.ttl'],
          timeoutMs: 5_000,
        },
      ],
    ]),
    targets: [
      { given: 'api.example.org', key: 'api.example.org:443', module: 'default', intervalMs: 60_000 },
      { given: 'API.example.org.', key: 'api.example.org:443', module: 'strict', intervalMs: 10_000 },
    ],
  });
});

test('during a migration alias_target is a list', async () => {
  const names = ['d-a.execute-api.eu-west-1.amazonaws.com', 'd-b.execute-api.eu-central-1.amazonaws.com'];
  const config = await read(`modules: { default: { alias_target: [${names.join(', ')}] } }`);
  expect(config.modules.get('default')).toEqual({ aliasTarget: names });
  const wrong = await refusal(`modules:\n  default:\n    alias_target: [${names[0]}, 192.0.2.1]`);
  expect(wrong.message).toContain('line 3, column 19: alias_target of module "default" will not do: ');
  expect(wrong.message).toContain('The value "192.0.2.1" of alias_target is not a name.');
});

test('an empty file is a good one, with which every target is refused', async () => {
  expect(await read('')).toEqual(EMPTY_CONFIG);
  expect(await read('# nothing yet\n')).toEqual(EMPTY_CONFIG);
});

test('a file of a hundred thousand keys is refused at once', async () => {
  const text = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1\n`).join('');
  await expect(read(text)).rejects.toThrow('line 1, column 1: the key "k0" of the file is not known.');
});

/** What is wrong, the file, what is said after `watch.yaml, `, and the hint where it is not the usual one. */
const BAD: readonly (readonly [wrong: string, text: string, message: string, hint?: string])[] = [
  ['a list in the place of keys', '- a\n', 'line 1, column 1: the file must be a mapping of keys to values.'],
  [
    'a key that was mistyped',
    'intervall: 1m\n',
    'line 1, column 1: the key "intervall" of the file is not known; did you mean interval?',
    'Known are: modules, targets, allow, interval, timeout, timeout_offset, concurrency, queue, history.',
  ],
  [
    'a key that nobody knows',
    'interval: 1m\npassword: x\n',
    'line 2, column 1: the key "password" of the file is not known.',
    'Known are: modules, targets, allow, interval, timeout, timeout_offset, concurrency, queue, history.',
  ],
  [
    'a mistyped key of a module',
    'modules:\n  shop:\n    min_tsl: 1.2\n',
    'line 3, column 5: the key "min_tsl" of module "shop" is not known; did you mean min_tls?',
    'Known are: path, alias_target, expect_ip, resolvers, authoritative, dns_port, validation, allow_private, ca_file, expect_issuer, warn, critical, min_tls, key_types, connect, proxy, ip_version, options, post_probe, max_latency, expect_auth, aws, api, stage, shops, key_prefix, only, skip, timeout, cert_file, key_file, key_passphrase_file, sigv4, api_key_file, proxy_auth_file, group, note, runbook.',
  ],
  [
    'a mistyped key of a target',
    'targets:\n  - target: a.test\n    modul: shop\n',
    'line 3, column 5: the key "modul" of entry 1 of targets is not known; did you mean module?',
    `Known are: ${[...new Set(['target', 'module', 'interval', 'group', 'note', 'runbook', ...MODULE_KEY_NAMES])].join(', ')}.`,
  ],
  [
    'a control character in a key',
    '"a\\e[31m": 1\n',
    'line 1, column 1: the key "a\\u001b[31m" of the file is not known.',
    'Known are: modules, targets, allow, interval, timeout, timeout_offset, concurrency, queue, history.',
  ],
  ['a key twice', 'queue: 1\nqueue: 2\n', 'line 2, column 1: queue stands there twice.'],
  ['a key without a value', 'queue:\n', 'line 1, column 7: queue has no value.'],
  ['a key that is a list', '[a, b]: 1\n', 'line 1, column 1: a key of the file is not a plain name.'],
  [
    'text that is not YAML',
    'queue: [1\n',
    'line 2, column 1: this cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'a tab as indentation',
    'modules:\n\tshop: {}\n',
    'line 2, column 1: this cannot be read: Tabs are not allowed as indentation',
  ],
  [
    'two documents',
    'queue: 1\n---\nqueue: 2\n',
    'line 2, column 1: this cannot be read: There is more than one document',
  ],
  [
    'a tag',
    'queue: !!js/function x\n',
    'line 1, column 8: this cannot be read: Unresolved tag: tag:yaml.org,2002:js/function',
  ],
  [
    'an alias',
    'allow: &a [a.test]\ntargets: *a\n',
    'line 2, column 10: targets is an alias, which is not supported.',
  ],
  [
    'a merge',
    'modules:\n  a: &a { path: /x }\n  b: { <<: *a }\n',
    'line 3, column 8: the key "<<" of module "b" is not known.',
    'Known are: path, alias_target, expect_ip, resolvers, authoritative, dns_port, validation, allow_private, ca_file, expect_issuer, warn, critical, min_tls, key_types, connect, proxy, ip_version, options, post_probe, max_latency, expect_auth, aws, api, stage, shops, key_prefix, only, skip, timeout, cert_file, key_file, key_passphrase_file, sigv4, api_key_file, proxy_auth_file, group, note, runbook.',
  ],
  [
    'a number that is none',
    'queue: many\n',
    'line 1, column 8: queue must be a whole number from 0 to 10000.',
  ],
  [
    'a number that is too large',
    'queue: 10001\n',
    'line 1, column 8: queue must be a whole number from 0 to 10000.',
  ],
  ['no slot', 'concurrency: 0\n', 'line 1, column 14: concurrency must be a whole number from 1 to 256.'],
  [
    'a number with a fraction',
    'history: 1.5\n',
    'line 1, column 10: history must be a whole number from 1 to 100.',
  ],
  [
    'a duration without a unit',
    'interval: 60\n',
    'line 1, column 11: interval must be a duration from 1s to 7d, such as 500ms, 30s, 5m or 1h.',
  ],
  [
    'an interval that is too short',
    'interval: 999ms\n',
    'line 1, column 11: interval must be a duration from 1s to 7d, such as 500ms, 30s, 5m or 1h.',
  ],
  [
    'a duration that is a list',
    'timeout: [1s]\n',
    'line 1, column 10: timeout must be a duration from 100ms to 10m, such as 500ms, 30s, 5m or 1h.',
  ],
  ['targets that are a text', 'targets: a.test\n', 'line 1, column 10: targets must be a list.'],
  [
    'a target without a target',
    'targets: [{ module: default }]\n',
    'line 1, column 11: entry 1 of targets has no target.',
  ],
  [
    'a target that is a list',
    'targets: [[a.test]]\n',
    'line 1, column 11: entry 1 of targets must be a mapping of keys to values.',
  ],
  [
    'a target that is no name',
    'targets:\n  - a.test\n  - "a b"\n',
    'line 3, column 5: entry 2 of targets will not do: The target "a b" is neither a name nor a URL.',
    'Write a name such as api.retsema.eu, or a URL such as https://api.retsema.eu/shop.',
  ],
  [
    'a target that is not https',
    'targets: [http://a.test/]\n',
    'line 1, column 11: entry 1 of targets will not do: The target "http://a.test/" does not begin with https://.',
    'Write a name such as api.retsema.eu, or a URL such as https://api.retsema.eu/shop.',
  ],
  [
    'a target twice',
    'targets: [a.test, A.TEST.]\n',
    'line 1, column 19: entry 2 of targets repeats "A.TEST.".',
  ],
  [
    'a module that is not there',
    'modules: { shop: {} }\ntargets: [{ target: a.test, module: shpo }]\n',
    'line 2, column 37: module of entry 1 of targets names the module "shpo", which is not there.',
    'There are: default, shop.',
  ],
  [
    'a module with an odd name',
    'modules: { "a b": {} }\n',
    'line 1, column 19: module "a b" must be named with 1 to 64 letters, digits, _, . or -.',
  ],
  [
    'modules that are a list',
    'modules: [shop]\n',
    'line 1, column 10: module must be a mapping of keys to values.',
  ],
  [
    'a switch that is a word',
    'modules: { a: { options: maybe } }\n',
    'line 1, column 26: options of module "a" must be true or false.',
  ],
  [
    'a path that is a switch',
    'modules: { a: { path: true } }\n',
    'line 1, column 23: path of module "a" must be a text.',
  ],
  [
    'an expectation that the library refuses',
    'modules:\n  a:\n    min_tls: 1.4\n',
    'line 3, column 14: min_tls of module "a" will not do: The value "1.4" of min_tls is not a version.',
    'Write 1.1, 1.2 or 1.3.',
  ],
  [
    'a target that is its own alias',
    'modules: { a: { alias_target: [b.test, A.test.] } }\ntargets: [b.test, { target: "https://a.test/shop", module: a }]\n',
    'line 2, column 29: target of entry 2 of targets is its own alias_target.',
    "Write the gateway's regional domain name, d-... .",
  ],
  ['lists in lists', `targets: ${'['.repeat(200_000)}`, 'line 1, column 110: this is nested too deeply.'],
  ['lists in lists by dashes', '- '.repeat(100_000), 'line 1, column 1: this is nested too deeply.'],
  [
    'keys below keys without end',
    Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
    'line 101, column 101: this is nested too deeply.',
  ],
  [
    'an address that is none',
    'modules: { a: { expect_ip: [1.2.3] } }\n',
    'line 1, column 28: expect_ip of module "a" will not do: The value "1.2.3" of expect_ip is not an address.',
    'Write an IPv4 or IPv6 address.',
  ],
  [
    'a threshold that is none',
    'modules: { a: { warn: soon } }\n',
    'line 1, column 23: warn of module "a" will not do: The value "soon" of warn is neither days nor a percentage.',
    'Write days such as 30, a share of the lifetime such as 20%, or both for whichever is less, such as 20%,30d.',
  ],
  [
    'an authority that is not there',
    'modules: { a: { ca_file: missing.pem } }\n',
    'line 1, column 26: ca_file of module "a" names the file missing.pem, which cannot be read (ENOENT).',
  ],
  [
    'an authority that is none',
    'modules: { a: { ca_file: not-a-ca.pem } }\n',
    'line 1, column 26: ca_file of module "a" will not do: The authorities of ca_file are not whole certificates in PEM.',
    'Give a PEM file, from BEGIN to END.',
  ],
  [
    'an authority that is damaged',
    'modules: { a: { ca_file: broken.pem } }\n',
    'line 1, column 26: ca_file of module "a" names the file broken.pem, which holds a certificate that cannot be read.',
  ],
  [
    'only and skip that leave nothing',
    'modules: { a: { only: [dns], skip: [dns] } }\n',
    'line 1, column 15: module "a" will not do: Nothing is left to check.',
    'Let only and skip leave at least one check; those of the control-plane need aws.',
  ],
  [
    'a port out of range',
    'modules: { a: { dns_port: 65536 } }\n',
    'line 1, column 27: dns_port of module "a" must be a whole number from 1 to 65535.',
  ],
  [
    'a pattern that opens a top-level domain',
    "allow: ['*.org']\n",
    'line 1, column 9: entry 1 of allow is too wide: at least two labels must follow the wildcard.',
  ],
  [
    'a pattern that allows everything',
    "allow: ['*']\n",
    'line 1, column 9: entry 1 of allow will not do: The target "*" holds no valid name.',
    'Write a name such as api.retsema.eu, or a URL such as https://api.retsema.eu/shop.',
  ],
  [
    'a wildcard inside a label',
    "allow: ['api*.example.org']\n",
    'line 1, column 9: entry 1 of allow will not do: The target "api*.example.org" holds no valid name.',
    'Write a name such as api.retsema.eu, or a URL such as https://api.retsema.eu/shop.',
  ],
];

describe('a bad configuration is refused with its line, its column and its key', () => {
  test.each(BAD)('%s', async (_, text = '', message, hint = 'Correct the configuration file.') => {
    const error = await refusal(text);
    expect({ message: error.message, hint: error.hint }).toEqual({ message: `watch.yaml, ${message}`, hint });
  });
});

test('a file of very many aliases costs nothing', async () => {
  const bomb = [
    'modules:',
    ...Array.from({ length: 40 }, (_, i) => `  m${i}: &m${i} { a: [*m${i - 1}, *m${i - 1}] }`),
  ];
  await expect(read(bomb.join('\n'))).rejects.toThrow(ConfigError);
});

test('more targets than the exporter keeps are refused', async () => {
  const targets = (count: number) =>
    `targets:\n${Array.from({ length: count }, (_, i) => `  - t${i}.test\n`).join('')}`;
  expect((await read(targets(10_000))).targets).toHaveLength(10_000);
  expect((await refusal(targets(10_001))).message).toBe(
    'watch.yaml, line 2, column 3: targets has more than 10000 entries.',
  );
});

describe('a target has the settings of its module, and its own before them', () => {
  const MODULES = 'modules: { shop: { path: /shop, warn: 30, timeout: 4s, aws: true } }\n';
  const target = async (text: string) => (await read(`${MODULES}targets: [${text}]`)).targets[0];

  test('its own count, the others stay', async () => {
    expect(
      await target('{ target: a.test, module: shop, warn: 40, skip: [dns.ttl], timeout: 9s }'),
    ).toMatchObject({
      expectations: { path: '/shop', warn: '40', skip: ['dns.ttl'], timeoutMs: 9_000, aws: true },
    });
  });

  test('one without its own has those of the module, also after that has changed', async () => {
    expect(await target('{ target: a.test, module: shop, interval: 1m, note: a till }')).not.toHaveProperty(
      'expectations',
    );
  });

  test('they are judged together with those of the module', async () => {
    expect(await target('{ target: a.test, module: shop, api: a1b2c3 }')).toMatchObject({
      expectations: { api: 'a1b2c3' },
    });
    expect((await refusal(`${MODULES}targets: [{ target: a.test, api: a1b2c3 }]`)).message).toContain(
      'line 2, column 34: api of entry 1 of targets will not do: ',
    );
  });

  test.each([
    [
      '{ target: a.test, wran: 40 }',
      'line 2, column 29: the key "wran" of entry 1 of targets is not known; did you mean warn?',
    ],
    ['{ target: a.test, warn: never }', 'line 2, column 35: warn of entry 1 of targets will not do: '],
    [
      '{ target: a.test, ca_file: none.pem }',
      'line 2, column 38: ca_file of entry 1 of targets names the file none.pem, which cannot be read (ENOENT).',
    ],
  ])('%s', async (text, says) => {
    expect((await refusal(`${MODULES}targets: [${text}]`)).message).toContain(says);
  });
});
