import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CfnDomainName } from 'aws-cdk-lib/aws-apigateway';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { DomainOptions } from './options.ts';
import { OptionsError } from './options-error.ts';

/**
 * A file goes into the bucket of the deployment under a name made of its content, so that a new truststore is a new
 * address, which is what makes API Gateway read it again.
 */
export function truststoreOf(
  scope: Construct,
  mutualTls: DomainOptions['mutualTls'],
): CfnDomainName.MutualTlsAuthenticationProperty | undefined {
  if (mutualTls === undefined) return;
  const { truststore, version } = mutualTls;
  if (truststore.startsWith('s3:')) {
    return { truststoreUri: truststore, ...(version && { truststoreVersion: version }) };
  }
  checkAuthorities(truststore);
  return { truststoreUri: new Asset(scope, 'Truststore', { path: truststore }).s3ObjectUrl };
}

/**
 * What API Gateway would refuse, or would accept and let nobody in by, minutes into a deployment.
 * @throws {OptionsError}
 */
function checkAuthorities(file: string): void {
  const pems = read(file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (pems.length === 0) throw wrong(`holds no certificate in PEM form (${file})`);
  pems.forEach((pem, at) => {
    const which = `certificate ${at + 1} of ${file}`;
    const authority = parse(pem, which);
    if (!authority.ca) throw wrong(`${which} is no certificate authority`);
    if (Date.parse(authority.validTo) < Date.now()) throw wrong(`${which} ended on ${authority.validTo}`);
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw wrong(`cannot be read (${file})`);
  }
}

function parse(pem: string, which: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw wrong(`${which} cannot be read`);
  }
}

const wrong = (problem: string) => new OptionsError(`domain.mutualTls.truststore: ${problem}.`);
