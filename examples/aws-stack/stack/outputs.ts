import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { type Gateway, STAGE } from './gateway.ts';
import type { Hop } from './hop.ts';
import type { ShopOptions } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import type { Road } from './road.ts';
import type { ShopKeys } from './shop-keys.ts';
import type { Tables } from './tables.ts';

interface Built {
  options: ShopOptions;
  keys: ShopKeys;
  gateway: Gateway;
  road: Road | undefined;
  pipeline: Pipeline;
  tables: Tables;
  policies: { till: ManagedPolicy; operator: ManagedPolicy; monitor: ManagedPolicy | undefined };
}

/** What is there, and the commands to try it. */
export function writeOutputs(stack: Stack, built: Built): void {
  for (const [name, value] of Object.entries({ ...facts(built), ...commands(built) })) {
    new CfnOutput(stack, name, { value });
  }
}

const facts = ({ gateway, road, pipeline, tables, policies }: Built): Record<string, string> => ({
  ApiId: gateway.api.restApiId,
  TillPolicyArn: policies.till.managedPolicyArn,
  OperatorPolicyArn: policies.operator.managedPolicyArn,
  ...(policies.monitor && { MonitorPolicyArn: policies.monitor.managedPolicyArn }),
  RegistryTable: tables.registry.tableName,
  BooksTable: tables.books.tableName,
  LedgerTable: tables.ledger.tableName,
  SealedDeadLetters: pipeline.toDecrypt.deadLetters.queueUrl,
  OpenedDeadLetters: pipeline.toProcess.deadLetters.queueUrl,
  ...(road && { CertificateArn: road.certificateArn }),
  ...each(
    'AliasTarget',
    road?.domainNames.map((name) => name.attrRegionalDomainName) ?? [],
    (target) => target,
  ),
});

function commands({ options, keys, gateway, road, pipeline, tables }: Built): Record<string, string> {
  const { region, shops, keyPrefix, domain } = options;
  const urls = road?.hosts.map((host) => `https://${host}/shop`) ?? [gateway.api.urlForPath('/shop')];
  const ids = Object.keys(shops);
  const [first = ''] = ids;
  const prefix = keyPrefix === 'alias/KeyL-' ? '' : ` --key-prefix ${keyPrefix}`;
  const at = `AWS_REGION=${region}`;
  const checked = `--aws --api ${gateway.api.restApiId} --stage ${STAGE}${prefix}${ids.map((id) => ` --shop ${id}`).join('')}`;
  const registry = `--table ${tables.registry.tableName}`;
  return {
    ...each('RegisterShop', ids, (id) => `${at} shop-admin shop set ${id} --signature optional ${registry}`),
    ...each('RegisterKey', keysOf(keys), (key) => `${at} shop-admin key add ${key} ${registry}`),
    RegisterTill: `${at} shop-admin device add ${first} --file device.json ${registry}`,
    ...each(
      'TrySale',
      urls,
      (url) => `${at} shop-send ${first} ${url} --file sale.json${prefix}${demandsOf(options)}`,
    ),
    ...each('TryRoad', urls, (url) => (road ? `${at} infra-check ${url} ${checked}` : `infra-check ${url}`)),
    ...(domain && !domain.hostedZoneId
      ? each('Records', road?.hosts ?? [], (host) => `${at} infra-check dns-records ${host} --aws`)
      : {}),
    TryKey: `aws kms get-public-key --region ${region} --key-id ${keyPrefix}${first}`,
    TryBooks: `aws dynamodb scan --region ${region} --table-name ${tables.books.tableName} --max-items 10`,
    SendBackSealed: sendBack(region, pipeline.toDecrypt),
    SendBackOpened: sendBack(region, pipeline.toProcess),
  };
}

/** The queue is named: SQS does not know where letters belong that a function or a topic put there. */
const sendBack = (region: string, { deadLetters, queue }: Hop): string =>
  `aws sqs start-message-move-task --region ${region} --source-arn ${deadLetters.queueArn} --destination-arn ${queue.queueArn}`;

const keysOf = ({ byShop }: ShopKeys): string[] =>
  Object.entries(byShop).flatMap(([shop, arns]) => arns.map((arn) => `${shop} --key ${arn}`));

/** One output for each, numbered where they are several, as CloudFormation allows letters and digits only. */
const each = (
  name: string,
  values: readonly string[],
  command: (value: string) => string,
): Record<string, string> =>
  Object.fromEntries(
    values.map((value, at) => [values.length === 1 ? name : `${name}${at + 1}`, command(value)]),
  );

/** What shop-send must show at this gateway. */
const demandsOf = ({ sealWith, domain, authorization }: ShopOptions): string =>
  [
    sealWith === 'kms' ? ' --seal-with kms' : '',
    domain?.mutualTls ? ' --cert till.pem --key till.key' : '',
    authorization === 'iam' ? ' --sigv4' : '',
    authorization === 'api-key' ? ' --api-key-file api-key.txt' : '',
  ].join('');
