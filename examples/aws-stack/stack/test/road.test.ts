import { describe, expect, test } from 'vitest';
import { checkOptions } from '../options.ts';
import { readOptions } from '../options-file.ts';
import { readable, resourcesOf } from './support/resources.ts';
import { type Synthesised, synthesise } from './support/synth.ts';
import { AUTHORITY, VARIANTS, type VariantName } from './support/variants.ts';

const synth = (name: VariantName) => synthesise(VARIANTS[name]).template;
const certificateOf = (template: Synthesised['template']) =>
  resourcesOf(template, 'AWS::CertificateManager::Certificate');
const namesOf = (template: Synthesised['template']) => resourcesOf(template, 'AWS::ApiGateway::DomainName');
const recordsOf = (template: Synthesised['template']) => resourcesOf(template, 'AWS::Route53::RecordSet');

test('without a domain there is no road: no certificate, no name and no record', () => {
  const template = synth('no domain');
  expect([certificateOf(template), namesOf(template), recordsOf(template)]).toEqual([[], [], []]);
});

describe('with two names', () => {
  const template = synth('two names');

  test('one certificate for all of the domain is validated by DNS in its own zone', () => {
    expect(certificateOf(template).map(({ properties }) => properties)).toEqual([
      expect.objectContaining({
        DomainName: '*.retsema.eu',
        ValidationMethod: 'DNS',
        DomainValidationOptions: [{ DomainName: '*.retsema.eu', HostedZoneId: 'Z0123456789EXAMPLE' }],
      }),
    ]);
  });

  test('each is a regional custom domain name with that certificate and TLS 1.2', () => {
    const names = namesOf(template);
    expect(names.map(({ properties }) => properties['DomainName'])).toEqual([
      'api.retsema.eu',
      'amis.retsema.eu',
    ]);
    for (const { properties } of names) {
      expect(properties).toMatchObject({
        EndpointConfiguration: { Types: ['REGIONAL'], IpAddressType: 'ipv4' },
        SecurityPolicy: 'TLS_1_2',
      });
      expect(readable(template, properties['RegionalCertificateArn'])).toBe('{"Ref":"Road/Certificate"}');
      expect(properties).not.toHaveProperty('EndpointAccessMode');
      expect(properties).not.toHaveProperty('MutualTlsAuthentication');
    }
  });

  test('the empty path of each leads to the stage prod', () => {
    const mappings = resourcesOf(template, 'AWS::ApiGateway::BasePathMapping').map(
      ({ properties }) => properties,
    );
    expect(mappings.map((mapping) => JSON.parse(readable(template, mapping)))).toEqual(
      ['api', 'amis'].map((name) => ({
        DomainName: { Ref: `Road/${name}-name` },
        RestApiId: { Ref: 'Gateway/Api' },
        Stage: { Ref: 'Gateway/Api/DeploymentStage.prod' },
      })),
    );
  });

  test('each has an alias to its own regional domain name, with the health of the target', () => {
    const aliases = recordsOf(template).filter(({ properties }) => properties['AliasTarget'] !== undefined);
    expect(aliases.map(({ properties }) => JSON.parse(readable(template, properties)))).toEqual(
      ['api', 'amis'].map((name) => ({
        Name: `${name}.retsema.eu.`,
        Type: 'A',
        HostedZoneId: 'Z0123456789EXAMPLE',
        AliasTarget: {
          DNSName: { 'Fn::GetAtt': [`Road/${name}-name`, 'RegionalDomainName'] },
          HostedZoneId: { 'Fn::GetAtt': [`Road/${name}-name`, 'RegionalHostedZoneId'] },
          EvaluateTargetHealth: true,
        },
      })),
    );
  });

  test('Amazon may issue for the domain and for the wildcard, and nobody else', () => {
    const caa = recordsOf(template).filter(({ properties }) => properties['Type'] === 'CAA');
    expect(caa.map(({ properties: { Name, ResourceRecords } }) => [Name, ResourceRecords])).toEqual([
      ['retsema.eu.', ['0 issue "amazon.com"', '0 issuewild "amazon.com"']],
    ]);
  });
});

test('other issuers are let in beside Amazon, or the records are left alone', () => {
  const domain = { ...VARIANTS['one name'].domain, caa: ['letsencrypt.org', 'amazon.com'] };
  const values = (given: object) =>
    recordsOf(synthesise(given).template)
      .filter(({ properties }) => properties['Type'] === 'CAA')
      .flatMap(({ properties }) => properties['ResourceRecords']);
  expect(values({ ...VARIANTS['one name'], domain })).toEqual([
    '0 issue "letsencrypt.org"',
    '0 issuewild "letsencrypt.org"',
    '0 issue "amazon.com"',
    '0 issuewild "amazon.com"',
  ]);
  expect(values({ ...VARIANTS['one name'], domain: { ...domain, caa: [] } })).toEqual([]);
});

test('a zone elsewhere is not touched: the names are made, and their records are for others to put', () => {
  const template = synth('zone elsewhere');
  expect(recordsOf(template)).toEqual([]);
  expect(namesOf(template)).toHaveLength(2);
  expect(certificateOf(template)[0]?.properties).toMatchObject({
    DomainName: '*.retsema.eu',
    ValidationMethod: 'DNS',
  });
});

test('a certificate that is there already is taken', () => {
  const certificateArn = 'arn:aws:acm:eu-west-1:111122223333:certificate/12345678-abcd';
  const template = synthesise({
    ...VARIANTS['one name'],
    domain: { ...VARIANTS['one name'].domain, certificateArn },
  }).template;
  expect(certificateOf(template)).toEqual([]);
  expect(namesOf(template)[0]?.properties['RegionalCertificateArn']).toBe(certificateArn);
});

test('with dual-stack, name, API and records all have IPv6', () => {
  const template = synth('dual-stack');
  const dualstack = { EndpointConfiguration: { Types: ['REGIONAL'], IpAddressType: 'dualstack' } };
  expect(namesOf(template)[0]?.properties).toMatchObject(dualstack);
  expect(resourcesOf(template, 'AWS::ApiGateway::RestApi')[0]?.properties).toMatchObject(dualstack);
  const aliases = recordsOf(template).filter(({ properties }) => properties['AliasTarget'] !== undefined);
  expect(aliases.map(({ properties }) => properties['Type'])).toEqual(['A', 'AAAA']);
  expect(aliases[1]?.properties['AliasTarget']).toEqual(aliases[0]?.properties['AliasTarget']);
});

test('an enhanced security policy has the access mode that it needs', () => {
  const modeOf = (more: object) =>
    namesOf(
      synthesise({
        ...VARIANTS['enhanced policy'],
        domain: { ...VARIANTS['enhanced policy'].domain, ...more },
      }).template,
    ).map(({ properties: { SecurityPolicy, EndpointAccessMode } }) => [SecurityPolicy, EndpointAccessMode]);
  expect(modeOf({})).toEqual([['SecurityPolicy_TLS13_1_3_2025_09', 'STRICT']]);
  expect(modeOf({ endpointAccessMode: 'BASIC' })).toEqual([['SecurityPolicy_TLS13_1_3_2025_09', 'BASIC']]);
});

describe('with mutual TLS', () => {
  test('the truststore travels with the deployment, and there is no way around the name', () => {
    const template = synth('mutual TLS');
    const [name] = namesOf(template);
    expect(JSON.stringify(name?.properties['MutualTlsAuthentication'])).toMatch(
      /s3:\/\/cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.pem/,
    );
    expect(name?.properties['SecurityPolicy']).toBe('TLS_1_2');
    expect(
      resourcesOf(template, 'AWS::ApiGateway::RestApi')[0]?.properties['DisableExecuteApiEndpoint'],
    ).toBe(true);
  });

  test('a truststore in a bucket of one’s own is taken by its version', () => {
    const [name] = namesOf(synth('mutual TLS, own bucket'));
    expect(name?.properties['MutualTlsAuthentication']).toEqual({
      TruststoreUri: 's3://tills/authorities.pem',
      TruststoreVersion: '3',
    });
  });

  test.each([
    ['missing.pem', /^domain\.mutualTls\.truststore: cannot be read \(.*missing\.pem\)\.$/],
    ['empty.pem', /^domain\.mutualTls\.truststore: holds no certificate in PEM form/],
    ['broken.pem', /^domain\.mutualTls\.truststore: certificate 1 of .*broken\.pem cannot be read\.$/],
    [
      'leaf.pem',
      /^domain\.mutualTls\.truststore: certificate 2 of .*leaf\.pem is no certificate authority\.$/,
    ],
    ['ended.pem', /^domain\.mutualTls\.truststore: certificate 1 of .*ended\.pem ended on Jan .* 2021/],
  ])('%s is told before anything is deployed', (file, sentence) => {
    const truststore = new URL(`support/truststores/${file}`, import.meta.url).pathname;
    const options = {
      ...VARIANTS['one name'],
      domain: { ...VARIANTS['one name'].domain, mutualTls: { truststore } },
    };
    expect(() => synthesise(options)).toThrow(sentence);
  });
});

test('every variant has options that stand', () => {
  for (const options of Object.values(VARIANTS)) expect(() => checkOptions(options)).not.toThrow();
  expect(AUTHORITY.endsWith('.pem')).toBe(true);
  expect(readOptions(new URL('../../shop.json', import.meta.url).pathname).stackName).toBe('AmisShop');
});
