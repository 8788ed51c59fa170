import { expect, test } from 'vitest';
import { readable } from './support/resources.ts';
import { type Synthesised, synthesise } from './support/synth.ts';
import { VARIANTS, type VariantName } from './support/variants.ts';

/** With what is only known once it is there in angle brackets, such as `<Gateway/Api>`. */
const outputsOf = (template: Synthesised['template']): Record<string, string> => {
  const flat = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const { Ref, 'Fn::Join': join, 'Fn::GetAtt': attribute } = value as Record<string, unknown>;
    if (Array.isArray(join)) return (join[1] as unknown[]).map(flat).join('');
    return `<${Ref ?? (attribute as string[]).join('.')}>`;
  };
  const outputs = Object.entries(template.findOutputs('*')).map(([name, { Value }]) => [
    name,
    flat(JSON.parse(readable(template, Value))),
  ]);
  return Object.fromEntries(outputs);
};
const outputs = (name: VariantName) => outputsOf(synthesise(VARIANTS[name]).template);

test('the commands to try two names, as they are typed', () => {
  expect(outputs('two names')).toMatchObject({
    RegisterShop1:
      'AWS_REGION=eu-west-1 shop-admin shop set AMIS1 --signature optional --table <Tables/Registry>',
    RegisterShop2:
      'AWS_REGION=eu-west-1 shop-admin shop set AMIS2 --signature optional --table <Tables/Registry>',
    RegisterKey1:
      'AWS_REGION=eu-west-1 shop-admin key add AMIS1 --key <Keys/AMIS1.1.Arn> --table <Tables/Registry>',
    RegisterKey2:
      'AWS_REGION=eu-west-1 shop-admin key add AMIS2 --key <Keys/AMIS2.1.Arn> --table <Tables/Registry>',
    RegisterTill:
      'AWS_REGION=eu-west-1 shop-admin device add AMIS1 --file device.json --table <Tables/Registry>',
    TrySale1: 'AWS_REGION=eu-west-1 shop-send AMIS1 https://api.retsema.eu/shop --file sale.json',
    TrySale2: 'AWS_REGION=eu-west-1 shop-send AMIS1 https://amis.retsema.eu/shop --file sale.json',
    TryRoad1:
      'AWS_REGION=eu-west-1 infra-check https://api.retsema.eu/shop --aws --api <Gateway/Api> --stage prod --shop AMIS1 --shop AMIS2',
    TryKey: 'aws kms get-public-key --region eu-west-1 --key-id alias/KeyL-AMIS1',
    TryBooks: 'aws dynamodb scan --region eu-west-1 --table-name <Tables/Books> --max-items 10',
    SendBackSealed:
      'aws sqs start-message-move-task --region eu-west-1 --source-arn <Pipeline/ToDecrypt/DeadLetters.Arn> --destination-arn <Pipeline/ToDecrypt/Queue.Arn>',
    SendBackOpened:
      'aws sqs start-message-move-task --region eu-west-1 --source-arn <Pipeline/ToProcess/DeadLetters.Arn> --destination-arn <Pipeline/ToProcess/Queue.Arn>',
    AliasTarget1: '<Road/api-name.RegionalDomainName>',
    AliasTarget2: '<Road/amis-name.RegionalDomainName>',
    MonitorPolicyArn: '<MonitorPolicy>',
  });
  expect(outputs('two names')).not.toHaveProperty('Records1');
});

test('every key is registered, the one that the alias names last', () => {
  const keysOf = (name: VariantName) =>
    Object.entries(outputs(name))
      .filter(([output]) => output.startsWith('RegisterKey'))
      .map(([, command]) => / --key (\S+)/.exec(command)?.[1]);
  expect(keysOf('keys in rotation')).toEqual(['<Keys/AMIS1.2.Arn>', '<Keys/AMIS1.1.Arn>']);
  expect(keysOf('keys and books of 2020')).toEqual([
    expect.stringContaining('key/1234abcd'),
    expect.stringContaining('key/5678abcd'),
    '<Keys/AMIS2.1.Arn>',
  ]);
});

test('without a domain the generated address is tried', () => {
  const { TrySale, TryRoad, MonitorPolicyArn } = outputs('no domain');
  const url =
    'https://<Gateway/Api>.execute-api.eu-west-1.<AWS::URLSuffix>/<Gateway/Api/DeploymentStage.prod>/shop';
  expect(TrySale).toBe(`AWS_REGION=eu-west-1 shop-send AMIS1 ${url} --file sale.json`);
  expect(TryRoad).toBe(`infra-check ${url}`);
  expect(MonitorPolicyArn).toBeUndefined();
});

test('a zone elsewhere is told its records', () => {
  expect(outputs('zone elsewhere')).toMatchObject({
    Records1: 'AWS_REGION=eu-west-1 infra-check dns-records api.retsema.eu --aws',
    Records2: 'AWS_REGION=eu-west-1 infra-check dns-records amis.retsema.eu --aws',
  });
});

test.each<[VariantName, string]>([
  ['mutual TLS', ' --cert till.pem --key till.key'],
  ['IAM', ' --sigv4'],
  ['API keys', ' --api-key-file api-key.txt'],
  ['KMS seals', ' --key-prefix alias/KeyM- --seal-with kms'],
])('with %s the sale shows what the gateway asks for', (name, words) => {
  expect(outputs(name)['TrySale']).toMatch(new RegExp(`--file sale.json${words}$`));
});
