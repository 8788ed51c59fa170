import { CfnBasePathMapping, CfnDomainName } from 'aws-cdk-lib/aws-apigateway';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AaaaRecord,
  ARecord,
  CaaRecord,
  CaaTag,
  HostedZone,
  type IHostedZone,
  RecordTarget,
} from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { Gateway } from './gateway.ts';
import type { DomainOptions } from './options.ts';
import { truststoreOf } from './truststore.ts';

interface RoadProps {
  domain: DomainOptions;
  dualStack: boolean;
  gateway: Gateway;
}

/** From the stable names to the gateway: certificate, custom domain names, mappings, and their records where the zone is ours. */
export class Road extends Construct {
  readonly hosts: readonly string[];
  readonly domainNames: readonly CfnDomainName[];
  readonly certificateArn: string;

  constructor(scope: Construct, id: string, { domain, dualStack, gateway }: RoadProps) {
    super(scope, id);
    const zone = domain.hostedZoneId
      ? HostedZone.fromHostedZoneAttributes(this, 'Zone', {
          hostedZoneId: domain.hostedZoneId,
          zoneName: domain.name,
        })
      : undefined;
    this.certificateArn = domain.certificateArn ?? this.#certificate(domain, zone);
    this.hosts = hostsOf(domain);
    const mutualTls = truststoreOf(this, domain.mutualTls);
    this.domainNames = domain.names.map((name) => {
      const domainName = new CfnDomainName(this, `${name}-name`, {
        domainName: `${name}.${domain.name}`,
        regionalCertificateArn: this.certificateArn,
        endpointConfiguration: { types: ['REGIONAL'], ipAddressType: dualStack ? 'dualstack' : 'ipv4' },
        securityPolicy: domain.securityPolicy,
        ...(isEnhanced(domain) && { endpointAccessMode: domain.endpointAccessMode ?? 'STRICT' }),
        ...(mutualTls && { mutualTlsAuthentication: mutualTls }),
      });
      new CfnBasePathMapping(this, `${name}-mapping`, {
        domainName: domainName.ref,
        restApiId: gateway.api.restApiId,
        stage: gateway.api.deploymentStage.stageName,
      });
      if (zone) this.#alias(name, domainName, zone, dualStack);
      return domainName;
    });
    if (zone && domain.caa.length > 0) this.#caa(domain, zone);
  }

  /** Where the zone is ours, CloudFormation puts the validation CNAME there; else the deployment waits until somebody does. */
  #certificate({ name }: DomainOptions, zone: IHostedZone | undefined): string {
    const validation = CertificateValidation.fromDns(zone);
    return new Certificate(this, 'Certificate', { domainName: `*.${name}`, validation }).certificateArn;
  }

  #alias(recordName: string, name: CfnDomainName, zone: IHostedZone, dualStack: boolean): void {
    const target = RecordTarget.fromAlias({
      bind: () => ({
        dnsName: name.attrRegionalDomainName,
        hostedZoneId: name.attrRegionalHostedZoneId,
        evaluateTargetHealth: true,
      }),
    });
    new ARecord(this, `${recordName}-a`, { zone, recordName, target });
    if (dualStack) new AaaaRecord(this, `${recordName}-aaaa`, { zone, recordName, target });
  }

  #caa({ caa }: DomainOptions, zone: IHostedZone): void {
    const values = caa.flatMap((value) => [
      { flag: 0, tag: CaaTag.ISSUE, value },
      { flag: 0, tag: CaaTag.ISSUEWILD, value },
    ]);
    new CaaRecord(this, 'Caa', { zone, values });
  }
}

const isEnhanced = ({ securityPolicy }: DomainOptions) => securityPolicy !== 'TLS_1_2';

/** The names by which tills know the shop. */
export const hostsOf = ({ name, names }: DomainOptions): string[] => names.map((label) => `${label}.${name}`);
