import type { FakeKms } from '@amis-shop/shop-client/testing';
import type { Broken } from './breaks.ts';

/** Breaks the keys behind the aliases. @returns what mends them */
export async function breakKeys(
  kms: FakeKms,
  aliases: readonly string[],
  fault: Broken['kms'],
): Promise<() => Promise<void>> {
  if (fault === undefined) return async () => undefined;
  const found = await Promise.all(
    aliases.map(async (alias) => ({ alias, key: await keyBehind(kms, alias) })),
  );
  const keys = found.flatMap(({ alias, key }) => (key === undefined ? [] : [{ alias, key }]));
  const [doIt, undoIt] = fault === 'kms-disabled' ? DISABLING : DELETING;
  for (const { alias, key } of keys) await doIt(kms, alias, key);
  return async () => {
    for (const { alias, key } of keys) await undoIt(kms, alias, key);
  };
}

type Change = (kms: FakeKms, alias: string, key: string) => Promise<unknown>;

const DISABLING: [Change, Change] = [
  (kms, _alias, key) => call(kms, 'DisableKey', { KeyId: key }),
  (kms, _alias, key) => call(kms, 'EnableKey', { KeyId: key }),
];

const DELETING: [Change, Change] = [
  (kms, alias) => call(kms, 'DeleteAlias', { AliasName: alias }),
  (kms, alias, key) => call(kms, 'CreateAlias', { AliasName: alias, TargetKeyId: key }),
];

async function keyBehind(kms: FakeKms, alias: string): Promise<string | undefined> {
  const described: { KeyMetadata?: { KeyId: string } } = JSON.parse(
    await call(kms, 'DescribeKey', { KeyId: alias }),
  );
  return described.KeyMetadata?.KeyId;
}

/** Whoever changed keys and aliases in the meantime has the last word: an action that fails is no error here. */
const call = async (kms: FakeKms, action: string, input: object): Promise<string> =>
  (await kms.handle(`TrentService.${action}`, JSON.stringify(input))).body;
