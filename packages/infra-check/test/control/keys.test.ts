import { describe, expect, test } from 'vitest';
import type { AwsOutcome } from '../../src/core/aws-call.ts';
import type { KeyFacts, ShopKeyObservation } from '../../src/core/control-plane.ts';
import { answered, call, failed, judged, KEY } from './support/evidence.ts';

const aliasOf = (n: number): string => `alias/KeyL-S${n}`;
const aliases = (n: number): string[] => Array.from({ length: n }, (_, i) => aliasOf(i + 1));

const good = (n: number, change: Partial<KeyFacts> = {}): ShopKeyObservation => ({
  shop: `S${n}`,
  alias: aliasOf(n),
  key: answered({ ...KEY, ...change }),
});
const failing = (n: number, outcome: AwsOutcome): ShopKeyObservation => ({
  shop: `S${n}`,
  alias: aliasOf(n),
  key: failed(outcome),
});
const missing = (n: number) => failing(n, 'not_found');
const disabled = (n: number) => good(n, { state: 'Disabled' });
const several = <T>(n: number, make: (n: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i + 1));

describe('of several keys that cannot be seen the first is told, and how many more there are:', () => {
  test.each([
    [[failing(1, 'denied')], 'SomeException'],
    [[failing(1, 'denied'), failing(2, 'timeout')], 'SomeException (and 1 more)'],
    [
      [good(1), failing(2, 'denied'), good(3), failing(4, 'denied'), failing(5, 'denied')],
      'SomeException (and 2 more)',
    ],
    [[missing(1), failing(2, 'denied')], 'SomeException'],
  ])('%#', (keys, observed) => {
    for (const check of ['key-state', 'key-usage']) {
      const found = judged(check, { keys });
      expect(found).toMatchObject({ status: 'unknown', observed });
      const first = keys.find(({ key }) => key.value === null && key.call.outcome !== 'not_found');
      expect(found.summary).toContain(`The key behind ${first?.alias} was not seen`);
    }
  });
});

describe('of several keys that are missing ten are named, and the rest is counted:', () => {
  test.each([
    [1, 3, aliasOf(1)],
    [2, 3, aliases(2).join(', ')],
    [10, 12, aliases(10).join(', ')],
    [11, 12, `${aliases(10).join(', ')} and 1 more`],
    [12, 12, `${aliases(10).join(', ')} and 2 more`],
  ])('%i of %i', (gone, all, names) => {
    const keys = several(all, (n) => (n <= gone ? missing(n) : good(n)));
    expect(judged('key-alias', { keys })).toMatchObject({
      status: 'critical',
      summary: `KMS has no key by ${names} in eu-west-1 of this account.`,
      observed: `${gone} of ${all} missing`,
    });
  });

  test('and so are those that are there', () => {
    const keys = (n: number) => several(n, (i) => good(i));
    expect(judged('key-alias', { keys: keys(10) })).toMatchObject({
      summary: 'Every shop has its key (10).',
      observed: aliases(10).join(', '),
    });
    expect(judged('key-alias', { keys: keys(11) }).observed).toMatch(/ and 1 more$/);
  });
});

describe('of several keys that are not as they should be all are told, up to ten:', () => {
  test.each([
    [[good(1), disabled(2)], `${aliasOf(2)}: Disabled`],
    [[missing(1), disabled(2), disabled(3)], `${aliasOf(2)}: Disabled, ${aliasOf(3)}: Disabled`],
    [[failing(1, 'denied'), disabled(2), good(3)], `${aliasOf(2)}: Disabled`],
  ])('%#', (keys, observed) => {
    expect(judged('key-state', { keys })).toMatchObject({
      status: 'critical',
      summary: `The key behind ${aliasOf(2)} is Disabled.`,
      observed,
    });
  });

  test('and what goes beyond is counted', () => {
    expect(judged('key-state', { keys: several(10, disabled) }).observed).not.toContain('more');
    expect(judged('key-state', { keys: several(12, disabled) }).observed).toMatch(/ and 2 more$/);
  });
});

test.each([
  ['Enabled', 'ok'],
  ['Updating', 'ok'],
  ['Unavailable', 'critical'],
  [null, 'critical'],
])('a key in the state %s is %s', (state, status) => {
  expect(judged('key-state', { keys: [good(1, { state })] }).status).toBe(status);
});

test.each([
  ['RSA_2048', 'ok'],
  ['RSA_3072', 'ok'],
  ['RSA_4096', 'ok'],
  ['RSA_1024', 'critical'],
  ['RSA_40960', 'critical'],
  ['ECC_NIST_P256', 'critical'],
  [null, 'critical'],
])('a key of the kind %s is %s', (spec, status) => {
  expect(judged('key-usage', { keys: [good(1), good(2, { spec })] }).status).toBe(status);
});

test('without credentials, or without any key that was looked for, nothing is said', () => {
  for (const check of ['key-alias', 'key-state', 'key-usage']) {
    expect(judged(check, { keys: [good(1)], access: call('no_credentials') }).status).toBe('skipped');
    expect(judged(check, { keys: [] }).status).toBe('skipped');
  }
  expect(judged('key-state', { keys: [missing(1), missing(2)] }).status).toBe('skipped');
});
