import type { WireAnswer, WireRequest } from './wire.ts';

export const HOST = 'api.shop.test';
export const API = '54dwcigu3a';
const TARGET = 'd-abcdefghij.execute-api.eu-west-1.amazonaws.com';
const TARGET_ZONE = 'ZLY8HYME6SFDD';
const ARN = 'arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012';
const DAY_S = 86_400;

/** Seconds since the epoch, as JSON services write times. */
const inDays = (days: number): number => Math.round(Date.now() / 1000) + days * DAY_S;

/** Route 53 lists from the name that is asked for on, whether it is there or not. */
const LATER_ZONE =
  '<HostedZone><Id>/hostedzone/Z9LATER</Id><Name>zzz.test.</Name><CallerReference>9</CallerReference></HostedZone>';

const ANSWERS: Record<string, (request: WireRequest) => object | string> = {
  GetDomainName: () => ({
    domainName: HOST,
    domainNameStatus: 'AVAILABLE',
    regionalDomainName: TARGET,
    regionalHostedZoneId: TARGET_ZONE,
    regionalCertificateArn: ARN,
    endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
    securityPolicy: 'TLS_1_2',
    routingMode: 'BASE_PATH_MAPPING_ONLY',
  }),
  GetBasePathMappings: () => ({ item: [{ basePath: '(none)', restApiId: API, stage: 'prod' }] }),
  GetApiMappings: () => ({ items: [{ apiMappingKey: '', apiId: API, stage: 'prod', apiMappingId: 'm1' }] }),
  ListRoutingRules: () => ({ routingRules: [] }),
  GetRestApi: () => ({ id: API, name: 'shop', disableExecuteApiEndpoint: false }),
  GetStage: () => ({ stageName: 'prod', deploymentId: 'abc123', lastUpdatedDate: inDays(-3) }),
  GetDeployment: () => ({
    id: 'abc123',
    createdDate: inDays(-3),
    apiSummary: { '/shop': { POST: { authorizationType: 'NONE', apiKeyRequired: false } } },
  }),
  GetResources: () => ({
    item: [
      { id: 'r0', path: '/' },
      {
        id: 'r1',
        path: '/shop',
        resourceMethods: { POST: { httpMethod: 'POST', authorizationType: 'NONE' } },
      },
    ],
  }),
  DescribeCertificate: () => ({
    Certificate: {
      CertificateArn: ARN,
      DomainName: '*.shop.test',
      SubjectAlternativeNames: ['*.shop.test'],
      Status: 'ISSUED',
      Type: 'AMAZON_ISSUED',
      Serial: '0a:1b:2c:3d',
      IssuedAt: inDays(-30),
      NotBefore: inDays(-30),
      NotAfter: inDays(168),
      InUseBy: ['arn:aws:apigateway:eu-west-1::/domainnames/api.shop.test'],
      RenewalEligibility: 'ELIGIBLE',
      DomainValidationOptions: [
        {
          DomainName: '*.shop.test',
          ValidationMethod: 'DNS',
          ValidationStatus: 'SUCCESS',
          ResourceRecord: { Name: '_a1.shop.test.', Type: 'CNAME', Value: '_b2.acm-validations.aws.' },
        },
      ],
    },
  }),
  DescribeKey: ({ body }) => ({
    KeyMetadata: {
      KeyId: '1234abcd',
      Arn: `arn:aws:kms:eu-west-1:123456789012:key/${(JSON.parse(body) as { KeyId: string }).KeyId.split('-').at(-1)}`,
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'RSA_2048',
      EncryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    },
  }),
  ListHostedZonesByName: ({ path }) => {
    const isZone = path.includes('dnsname=shop.test.');
    const zone = `<HostedZone><Id>/hostedzone/Z1SHOP</Id><Name>shop.test.</Name><CallerReference>1</CallerReference><Config><PrivateZone>false</PrivateZone></Config></HostedZone>`;
    return xml(
      'ListHostedZonesByNameResponse',
      `<HostedZones>${isZone ? zone : ''}${LATER_ZONE}</HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>`,
    );
  },
  GetHostedZone: () =>
    xml(
      'GetHostedZoneResponse',
      '<HostedZone><Id>/hostedzone/Z1SHOP</Id><Name>shop.test.</Name><CallerReference>1</CallerReference></HostedZone>' +
        '<DelegationSet><NameServers><NameServer>ns-1.awsdns-01.com</NameServer><NameServer>ns-2.awsdns-02.net</NameServer></NameServers></DelegationSet>',
    ),
  ListResourceRecordSets: ({ path }) => {
    const isHost = path.includes(`name=${HOST}.`);
    const set = `<ResourceRecordSet><Name>${HOST}.</Name><Type>A</Type><AliasTarget><HostedZoneId>${TARGET_ZONE}</HostedZoneId><DNSName>${TARGET}.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>`;
    return xml(
      'ListResourceRecordSetsResponse',
      `<ResourceRecordSets>${isHost ? set : ''}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>`,
    );
  },
  TestDNSAnswer: () =>
    xml(
      'TestDNSAnswerResponse',
      `<Nameserver>ns-1.awsdns-01.com</Nameserver><RecordName>${HOST}</RecordName><RecordType>A</RecordType><RecordData><RecordDataEntry>192.0.2.7</RecordDataEntry></RecordData><ResponseCode>NOERROR</ResponseCode><Protocol>UDP</Protocol>`,
    ),
};

const xml = (name: string, content: string): string =>
  `<?xml version="1.0"?><${name} xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${content}</${name}>`;

/** A shop as AWS would describe it where all is well, in the formats of the services. */
export function healthyShop(request: WireRequest): WireAnswer {
  const body = ANSWERS[request.operation]?.(request);
  return body === undefined
    ? {
        status: 404,
        body: { message: 'no such thing' },
        headers: { 'x-amzn-errortype': 'NotFoundException' },
      }
    : { body };
}
