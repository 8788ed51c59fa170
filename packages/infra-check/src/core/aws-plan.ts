import { CheckInputError } from './check-error.ts';
import type { AwsPlan, Expectations } from './expectations.ts';
import { printable } from './text.ts';

/** As in the shop-client. */
const KEY_PREFIX = 'alias/KeyL-';
const MOST_SHOPS = 500;

const SHOP = /^[A-Za-z0-9_-]{1,64}$/;
const PREFIX = /^alias\/[A-Za-z0-9/_-]{1,180}$/;
/** Identifiers of API Gateway; names of stages (REST APIs: letters, digits, - and _; HTTP APIs: `$default` too). */
const API = /^[a-z0-9]{1,64}$/;
const STAGE = /^(?:[A-Za-z0-9_-]{1,128}|\$default)$/;

const NEEDING_AWS = ['api', 'stage', 'shops', 'keyPrefix'] as const;

/** What is expected of the settings behind the name; null without `aws`. @throws {CheckInputError} */
export function awsPlanOf({ aws, api, stage, shops, keyPrefix }: Expectations): AwsPlan | null {
  const needing = { api, stage, shops, keyPrefix };
  const given = NEEDING_AWS.find((name) => needing[name] !== undefined);
  if (aws !== true) {
    if (given === undefined) return null;
    throw new CheckInputError(
      (spell) =>
        `The expectation ${spell(given)} needs the settings behind the name, and ${spell('aws')} is not set.`,
      (spell) => `Add ${spell('aws')}, or leave ${spell(given)} out.`,
    );
  }
  if ((shops?.length ?? 0) > MOST_SHOPS)
    throw new CheckInputError(`More than ${MOST_SHOPS} shops are given.`, 'Check them in several runs.');
  return {
    api: api === undefined ? null : matching('api', api, API, 'an API id such as 54dwcigu3a'),
    stage: stage === undefined ? null : matching('stage', stage, STAGE, 'the name of a stage such as prod'),
    shops: [...new Set(shops)].map((shop) => matching('shops', shop, SHOP, 'a shop id such as AMIS1')),
    keyPrefix: matching(
      'keyPrefix',
      keyPrefix ?? KEY_PREFIX,
      PREFIX,
      'the beginning of an alias such as alias/KeyL-',
    ),
  };
}

function matching(name: keyof Expectations, value: string, pattern: RegExp, wanted: string): string {
  if (pattern.test(value)) return value;
  throw new CheckInputError(
    (spell) => `The value "${printable(value)}" of ${spell(name)} is not ${wanted}.`,
    `Write ${wanted}.`,
  );
}
