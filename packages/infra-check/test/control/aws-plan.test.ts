import { describe, expect, test } from 'vitest';
import { CheckInputError } from '../../src/core/check-error.ts';
import type { Expectations } from '../../src/core/expectations.ts';
import { planOf } from '../../src/core/plan.ts';
import { parseTarget } from '../../src/core/target.ts';

const plan = (expectations: Expectations) => planOf(parseTarget('api.shop.test'), expectations);

test('what is expected of the settings is complete with the defaults of the shop-client', () => {
  expect(plan({ aws: true, shops: ['AMIS1', 'AMIS1', 'AMIS2'] }).aws).toEqual({
    api: null,
    stage: null,
    shops: ['AMIS1', 'AMIS2'],
    keyPrefix: 'alias/KeyL-',
  });
});

test('without aws nothing of the control plane is planned', () => {
  const { aws, stages, checks } = plan({});
  expect(aws).toBeNull();
  expect(stages.has('control-plane')).toBe(false);
  expect([...checks].filter((check) => check.startsWith('control-plane.'))).toEqual([]);
});

describe('bad expectations are refused, each by its name', () => {
  test.each<[Expectations, string]>([
    [{ stage: 'prod' }, 'The expectation stage needs the settings behind the name, and aws is not set.'],
    [
      { aws: false, shops: ['AMIS1'] },
      'The expectation shops needs the settings behind the name, and aws is not set.',
    ],
    [{ aws: true, shops: ['AMIS 1'] }, 'The value "AMIS 1" of shops is not a shop id such as AMIS1.'],
    [
      { aws: true, keyPrefix: 'KeyL-' },
      'The value "KeyL-" of keyPrefix is not the beginning of an alias such as alias/KeyL-.',
    ],
    [{ aws: true, api: '../x' }, 'The value "../x" of api is not an API id such as 54dwcigu3a.'],
    [{ aws: true, stage: 'a/b' }, 'The value "a/b" of stage is not the name of a stage such as prod.'],
    [{ aws: true, shops: Array.from({ length: 501 }, (_, i) => `S${i}`) }, 'More than 500 shops are given.'],
    [{ only: ['control-plane'] }, 'Nothing is left to check.'],
  ])('%#', (expectations, message) => {
    const refused = () => plan(expectations);
    expect(refused).toThrow(message);
    expect(refused).toThrow(CheckInputError);
  });
});
