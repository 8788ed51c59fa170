import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Gateway } from './gateway.ts';
import type { ShopOptions } from './options.ts';
import type { Road } from './road.ts';
import { allow } from './shop-function.ts';
import type { ShopKeys } from './shop-keys.ts';

interface Seen {
  options: ShopOptions;
  keys: ShopKeys;
  gateway: Gateway;
  road: Road;
}

/** What `infra-check --aws` asks about this road, all of it reading; docs/infra-check-aws.md has the same in general. */
export function monitorPolicy(scope: Construct, { options, keys, gateway, road }: Seen): ManagedPolicy {
  const zone = options.domain?.hostedZoneId;
  return new ManagedPolicy(scope, 'MonitorPolicy', {
    description: `Lets infra-check read the road to ${options.stackName}`,
    statements: [
      ...gatewayStatements(scope, gateway, road.hosts),
      allow(['acm:DescribeCertificate'], road.certificateArn),
      ...(zone ? zoneStatements(scope, zone) : []),
      allow(['kms:DescribeKey'], ...keys.arns),
    ],
  });
}

function gatewayStatements(scope: Construct, { api }: Gateway, hosts: readonly string[]): PolicyStatement[] {
  const { partition, region } = Stack.of(scope);
  const at = (path: string) =>
    [path, `${path}/*`].map((one) => `arn:${partition}:apigateway:${region}::${one}`);
  const rules = hosts.map(
    (host) => `arn:${partition}:apigateway:${region}:*:/domainnames/${host}/routingrules/*`,
  );
  const names = hosts.flatMap((host) => at(`/domainnames/${host}`));
  return [
    allow(['apigateway:GET'], ...names, ...at(`/restapis/${api.restApiId}`)),
    allow(['apigateway:ListRoutingRules'], ...rules),
  ];
}

const zoneStatements = (scope: Construct, zone: string): PolicyStatement[] => [
  allow(
    ['route53:GetHostedZone', 'route53:ListResourceRecordSets'],
    `arn:${Stack.of(scope).partition}:route53:::hostedzone/${zone}`,
  ),
  new PolicyStatement({
    sid: 'Route53KnowsNoNarrowerResource',
    actions: ['route53:ListHostedZonesByName', 'route53:TestDNSAnswer'],
    resources: ['*'],
  }),
];
