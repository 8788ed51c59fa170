import { beforeAll, describe, expect, test } from 'vitest';
import { type Statement, statementsOf } from './support/policies.ts';
import { readable, resourcesOf } from './support/resources.ts';
import { type Synthesised, synthesise } from './support/synth.ts';
import { VARIANTS, type VariantName } from './support/variants.ts';

const synth = (name: VariantName) => synthesise(VARIANTS[name]).template;
const OAEP = { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_256' } };

/** Whatever opens what was sealed, or lets somebody else do so. */
const OPENING = /^kms:(Decrypt|ReEncrypt|CreateGrant|DeriveSharedSecret|\*|De.*\*)/;

const policyOf = (template: Synthesised['template'], path: string): Statement[] => {
  const key = resourcesOf(template, 'AWS::KMS::Key').find((one) => one.path === path);
  return statementsOf(template.toJSON()).filter(({ resource }) => resource === key?.id);
};

describe('a shop has a key', () => {
  let template: Synthesised['template'];
  beforeAll(() => {
    template = synth('no domain');
  });

  test('that seals and opens, behind the alias that tills know', () => {
    const keys = resourcesOf(template, 'AWS::KMS::Key').filter(({ path }) => path.startsWith('Keys/'));
    expect(keys.map(({ properties: { KeySpec, KeyUsage } }) => [KeySpec, KeyUsage])).toEqual([
      ['RSA_2048', 'ENCRYPT_DECRYPT'],
      ['RSA_2048', 'ENCRYPT_DECRYPT'],
    ]);
    const aliases = resourcesOf(template, 'AWS::KMS::Alias').map(({ properties }) => properties);
    expect(aliases.map(({ AliasName, TargetKeyId }) => [AliasName, readable(template, TargetKeyId)])).toEqual(
      [
        ['alias/KeyL-AMIS1', '{"Fn::GetAtt":["Keys/AMIS1.1","Arn"]}'],
        ['alias/KeyL-AMIS2', '{"Fn::GetAtt":["Keys/AMIS2.1","Arn"]}'],
      ],
    );
  });

  test('that stays with its alias when the stack goes, but not when its first deployment fails', () => {
    const kept = [...resourcesOf(template, 'AWS::KMS::Key'), ...resourcesOf(template, 'AWS::KMS::Alias')];
    expect(kept).toHaveLength(5);
    for (const { deletion, replacement } of kept) {
      expect([deletion, replacement]).toEqual(['RetainExceptOnCreate', 'Retain']);
    }
  });

  test('that the decrypt function opens, and nobody else: no administrator and no IAM policy', () => {
    for (const path of ['Keys/AMIS1.1', 'Keys/AMIS2.1']) {
      const opening = policyOf(template, path).filter(({ actions }) =>
        actions.some((one) => OPENING.test(one)),
      );
      expect(opening.map(({ actions, conditions }) => [actions, conditions])).toEqual([
        [['kms:Decrypt'], OAEP],
      ]);
      expect(readable(template, opening[0]?.principals)).toBe('[{"Fn::GetAtt":["decrypt-role","Arn"]}]');
    }
    const byIam = statementsOf(template.toJSON()).filter(
      ({ type, actions }) => type !== 'AWS::KMS::Key' && actions.some((one) => OPENING.test(one)),
    );
    expect(byIam.map(({ resources }) => readable(template, resources))).toEqual([
      '[{"Fn::GetAtt":["TransitKey","Arn"]}]',
    ]);
  });

  test('that the account can always administer, so that it is never locked out', () => {
    const [administration] = policyOf(template, 'Keys/AMIS1.1').filter(({ actions }) =>
      actions.includes('kms:PutKeyPolicy'),
    );
    expect(JSON.stringify(administration?.principals)).toContain(':root');
    expect(administration?.conditions).toEqual({});
    expect(administration?.actions).toEqual(
      expect.arrayContaining([
        'kms:DescribeKey',
        'kms:EnableKey',
        'kms:ScheduleKeyDeletion',
        'kms:CancelKeyDeletion',
      ]),
    );
  });

  test('whose public half is all that a till gets', () => {
    const [policy] = resourcesOf(template, 'AWS::IAM::ManagedPolicy').filter(
      ({ path }) => path === 'TillPolicy',
    );
    const statements = statementsOf(template.toJSON()).filter(({ resource }) => resource === policy?.id);
    expect(statements.map(({ actions }) => actions)).toEqual([['kms:GetPublicKey']]);
    expect(readable(template, statements[0]?.resources)).toBe(
      '[{"Fn::GetAtt":["Keys/AMIS1.1","Arn"]},{"Fn::GetAtt":["Keys/AMIS2.1","Arn"]}]',
    );
  });
});

describe('where KMS seals each sale', () => {
  let template: Synthesised['template'];
  beforeAll(() => {
    template = synth('KMS seals');
  });

  test('tills may encrypt, in the one way that opens again', () => {
    const sealing = policyOf(template, 'Keys/AMIS1.1').filter(({ actions }) =>
      actions.includes('kms:Encrypt'),
    );
    expect(sealing.map(({ actions, conditions }) => [actions, conditions])).toEqual([
      [['kms:Encrypt'], OAEP],
    ]);
    const [policy] = resourcesOf(template, 'AWS::IAM::ManagedPolicy').filter(
      ({ path }) => path === 'TillPolicy',
    );
    const [till] = statementsOf(template.toJSON()).filter(({ resource }) => resource === policy?.id);
    expect(till?.actions.toSorted()).toEqual(['kms:Encrypt', 'kms:GetPublicKey']);
  });

  test('prefix and size are those that were asked for', () => {
    expect(resourcesOf(template, 'AWS::KMS::Alias').map(({ properties }) => properties['AliasName'])).toEqual(
      ['alias/KeyM-AMIS1', 'alias/KeyM-AMIS2'],
    );
    const specs = resourcesOf(template, 'AWS::KMS::Key').map(({ properties }) => properties['KeySpec']);
    expect(specs.filter((spec) => spec === 'RSA_4096')).toHaveLength(2);
  });
});

test('shops and keys may be called as they like: no two of them are taken for one', () => {
  const shops = { A: { keys: ['B-1', 'alias'] }, 'A-B': { keys: ['1'] }, alias: {} };
  const { template } = synthesise({ region: 'eu-west-1', shops });
  expect(resourcesOf(template, 'AWS::KMS::Key')).toHaveLength(5);
});

test('a key in rotation opens beside the one by the alias, which moves only where it is told to', () => {
  const template = synth('keys in rotation');
  expect(policyOf(template, 'Keys/AMIS1.1')).toHaveLength(policyOf(template, 'Keys/AMIS1.2').length);
  const [alias] = resourcesOf(template, 'AWS::KMS::Alias');
  expect(readable(template, alias?.properties['TargetKeyId'])).toBe('{"Fn::GetAtt":["Keys/AMIS1.1","Arn"]}');
  const moved = synthesise({
    ...VARIANTS['keys in rotation'],
    shops: { AMIS1: { keys: ['1', '2'] } },
  }).template;
  const [after] = resourcesOf(moved, 'AWS::KMS::Alias');
  expect(after?.id).toBe(alias?.id);
  expect(readable(moved, after?.properties['TargetKeyId'])).toBe('{"Fn::GetAtt":["Keys/AMIS1.2","Arn"]}');
  const ids = (one: Synthesised['template']) =>
    resourcesOf(one, 'AWS::KMS::Key')
      .map(({ id }) => id)
      .toSorted();
  expect(ids(moved)).toEqual(ids(template));
});

test('a new key of another size leaves the one before it as it is', () => {
  const before = synthesise({ ...VARIANTS['keys in rotation'], shops: { AMIS1: {} } }).template;
  const after = synthesise({
    ...VARIANTS['keys in rotation'],
    shops: { AMIS1: { keys: ['1', '2:RSA_4096'] } },
  }).template;
  const specs = (template: Synthesised['template']) =>
    resourcesOf(template, 'AWS::KMS::Key').map(({ id, path, properties }) => [
      path,
      id,
      properties['KeySpec'],
    ]);
  expect(specs(after)).toEqual(expect.arrayContaining(specs(before)));
  expect(specs(after).map(([path, , spec]) => [path, spec])).toContainEqual(['Keys/AMIS1.2', 'RSA_4096']);
});

test('keys that were made elsewhere are opened and told to tills, and neither they nor their aliases are touched', () => {
  const template = synth('keys and books of 2020');
  const former = Object.values(VARIANTS['keys and books of 2020'].shops).flatMap(
    ({ formerKeys }) => formerKeys,
  );
  expect(resourcesOf(template, 'AWS::KMS::Alias')).toEqual([]);
  expect(resourcesOf(template, 'AWS::KMS::Key').map(({ path }) => path)).toEqual([
    'Keys/AMIS2.1',
    'TransitKey',
  ]);
  const naming = statementsOf(template.toJSON()).filter(({ resources }) =>
    resources.includes(former[0] ?? ''),
  );
  const policies = [
    ...resourcesOf(template, 'AWS::IAM::Policy'),
    ...resourcesOf(template, 'AWS::IAM::ManagedPolicy'),
  ];
  const found = naming.map(({ resource, actions, conditions }) => [
    policies.find(({ id }) => id === resource)?.path,
    actions,
    conditions,
  ]);
  expect(found).toEqual([
    ['decrypt-role/DefaultPolicy', ['kms:Decrypt'], OAEP],
    ['TillPolicy', ['kms:GetPublicKey'], {}],
    ['OperatorPolicy', ['kms:GetPublicKey'], {}],
  ]);
});
