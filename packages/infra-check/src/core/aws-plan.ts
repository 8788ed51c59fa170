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

/** What is expected of the settings behind the name; null without `aws`. @throws {CheckInputError} */
export function awsPlanOf({ aws, api, stage, shops, keyPrefix }: Expectations): AwsPlan | null {
  const given = Object.entries({ api, stage, shops, keyPrefix }).find(([, value]) => value !== undefined);
  if (aws !== true) {
    if (given === undefined) return null;
    throw new CheckInputError(
      `The expectation ${given[0]} needs the settings behind the name, and aws is not set.`,
      `Add --aws (in the library: aws: true), or leave ${given[0]} out.`,
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

function matching(name: string, value: string, pattern: RegExp, wanted: string): string {
  if (pattern.test(value)) return value;
  throw new CheckInputError(
    `The value "${printable(value)}" of ${name} is not ${wanted}.`,
    `Write ${wanted}.`,
  );
}
