import { ACMClient, RequestCertificateCommand, waitUntilCertificateValidated } from '@aws-sdk/client-acm';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';

export interface ShopInMoto {
  api: string;
  certificate: string;
  zone: string;
  key: string;
  target: string;
  gateway: APIGatewayClient;
  kms: KMSClient;
  route53: Route53Client;
  /** Puts a record set into the zone, in the place of the one of that name and type. */
  putRecord(record: ResourceRecordSet): Promise<unknown>;
}

/** The road of 2020 to a shop: certificate, REST API with POST /shop in prod, custom domain name, zone, alias, key. */
export async function buildShop(domain: string, shop: string): Promise<ShopInMoto> {
  const [acm, gateway, kms, route53] = [
    new ACMClient({}),
    new APIGatewayClient({}),
    new KMSClient({}),
    new Route53Client({}),
  ];
  const { CertificateArn: certificate = '' } = await acm.send(
    new RequestCertificateCommand({ DomainName: `*.${domain}`, ValidationMethod: 'DNS' }),
  );
  await waitUntilCertificateValidated(
    { client: acm, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
    { CertificateArn: certificate },
  );
  const api = await buildApi(gateway);
  const named = await gateway.send(
    new CreateDomainNameCommand({
      domainName: `api.${domain}`,
      regionalCertificateArn: certificate,
      endpointConfiguration: { types: ['REGIONAL'] },
      securityPolicy: 'TLS_1_2',
    }),
  );
  await gateway.send(
    new CreateBasePathMappingCommand({ domainName: `api.${domain}`, restApiId: api, stage: 'prod' }),
  );
  const { HostedZone } = await route53.send(
    new CreateHostedZoneCommand({ Name: `${domain}.`, CallerReference: domain }),
  );
  const zone = HostedZone?.Id ?? '';
  const putRecord = (record: ResourceRecordSet) =>
    route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: zone,
        ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] },
      }),
    );
  const target = named.regionalDomainName ?? '';
  await putRecord({
    Name: `api.${domain}.`,
    Type: 'A',
    AliasTarget: {
      DNSName: target,
      HostedZoneId: named.regionalHostedZoneId ?? '',
      EvaluateTargetHealth: true,
    },
  });
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeyUsage: 'ENCRYPT_DECRYPT', KeySpec: 'RSA_2048' }),
  );
  const key = KeyMetadata?.KeyId ?? '';
  await kms.send(new CreateAliasCommand({ AliasName: `alias/KeyL-${shop}`, TargetKeyId: key }));
  return { api, certificate, zone, key, target, gateway, kms, route53, putRecord };
}

async function buildApi(gateway: APIGatewayClient): Promise<string> {
  const { id: restApiId } = await gateway.send(new CreateRestApiCommand({ name: 'shop' }));
  const { items } = await gateway.send(new GetResourcesCommand({ restApiId }));
  const resource = await gateway.send(
    new CreateResourceCommand({ restApiId, parentId: items?.[0]?.id, pathPart: 'shop' }),
  );
  const method = { restApiId, resourceId: resource.id, httpMethod: 'POST' };
  await gateway.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }));
  await gateway.send(new PutIntegrationCommand({ ...method, type: 'MOCK', integrationHttpMethod: 'POST' }));
  await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'prod' }));
  return restApiId ?? '';
}
