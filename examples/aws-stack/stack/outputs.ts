import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { type Gateway, STAGE } from './gateway.ts';
import type { ShopOptions } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import type { Road } from './road.ts';
import type { Tables } from './tables.ts';

interface Built {
  options: ShopOptions;
  gateway: Gateway;
  road: Road | undefined;
  pipeline: Pipeline;
  tables: Tables;
  tillPolicy: ManagedPolicy;
}

/** What is there, and the commands to try it. */
export function writeOutputs(stack: Stack, built: Built): void {
  for (const [name, value] of Object.entries({ ...facts(built), ...commands(built) })) {
    new CfnOutput(stack, name, { value });
  }
}

const facts = ({ gateway, road, pipeline, tables, tillPolicy }: Built): Record<string, string> => ({
  ApiId: gateway.api.restApiId,
  TillPolicyArn: tillPolicy.managedPolicyArn,
  RegistryTable: tables.registry.tableName,
  BooksTable: tables.books.tableName,
  LedgerTable: tables.ledger.tableName,
  SealedDeadLetters: pipeline.toDecrypt.deadLetters.queueUrl,
  OpenedDeadLetters: pipeline.toProcess.deadLetters.queueUrl,
  ...(road && { CertificateArn: road.certificateArn }),
  ...Object.fromEntries(
    (road?.domainNames ?? []).map((name, at) => [`AliasTarget${at + 1}`, name.attrRegionalDomainName]),
  ),
});

function commands({ options, gateway, road, tables }: Built): Record<string, string> {
  const { region, shops, keyPrefix, domain, authorization, sealWith } = options;
  const urls = road?.hosts.map((host) => `https://${host}/shop`) ?? [gateway.api.urlForPath('/shop')];
  const [shop = ''] = Object.keys(shops);
  const prefix = keyPrefix === 'alias/KeyL-' ? '' : ` --key-prefix ${keyPrefix}`;
  const demands = [
    sealWith === 'kms' ? ' --seal-with kms' : '',
    domain?.mutualTls ? ' --cert till.pem --key till.key' : '',
    authorization === 'iam' ? ' --sigv4' : '',
    authorization === 'api-key' ? ' --api-key-file api-key.txt' : '',
  ].join('');
  const checked = `--aws --api ${gateway.api.restApiId} --stage ${STAGE}${prefix} ${Object.keys(shops)
    .map((id) => `--shop ${id}`)
    .join(' ')}`;
  const tries = urls.flatMap((url, at) => [
    [`TrySale${at + 1}`, `AWS_REGION=${region} shop-send ${shop} ${url} --file sale.json${prefix}${demands}`],
    [`TryRoad${at + 1}`, road ? `AWS_REGION=${region} infra-check ${url} ${checked}` : `infra-check ${url}`],
  ]);
  const recordsElsewhere = (road?.hosts ?? []).map((host, at) => [
    `TryRecords${at + 1}`,
    `AWS_REGION=${region} infra-check dns-records ${host} --aws`,
  ]);
  return {
    ...Object.fromEntries(tries),
    ...(domain?.hostedZoneId ? {} : Object.fromEntries(recordsElsewhere)),
    TryKey: `aws kms get-public-key --region ${region} --key-id ${keyPrefix}${shop}`,
    TryBooks: `aws dynamodb scan --region ${region} --table-name ${tables.books.tableName}`,
  };
}
