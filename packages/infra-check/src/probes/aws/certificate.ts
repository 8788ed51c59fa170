import type { CertificateDetail, DomainValidation } from '@aws-sdk/client-acm';
import type { AwsAnswer } from '../../core/aws-call.ts';
import type { AcmFacts, AcmValidation } from '../../core/control-plane.ts';
import { ask } from './ask.ts';
import { dnsName, text, texts, time } from './facts.ts';
import type { Session } from './session.ts';

/** In the region that the ARN names: for edge-optimized names that is another one. */
export function observeCertificate(session: Session, arn: string): Promise<AwsAnswer<AcmFacts>> {
  const { ACMClient, DescribeCertificateCommand } = session.sdk.acm;
  const region = arn.split(':')[3] || session.region;
  const client = new ACMClient({ ...session.settings, region });
  const question = { operation: 'DescribeCertificate', permission: 'acm:DescribeCertificate', resource: arn };
  return ask(session, question, async ({ abort }) => {
    const { Certificate } = await client.send(new DescribeCertificateCommand({ CertificateArn: arn }), abort);
    if (Certificate === undefined) throw new TypeError('the answer holds no certificate');
    return acmFacts(arn, Certificate);
  });
}

function acmFacts(arn: string, seen: CertificateDetail): AcmFacts {
  const { RenewalSummary: renewal } = seen;
  return {
    arn,
    status: text(seen.Status),
    type: text(seen.Type),
    names: texts([...new Set([seen.DomainName, ...(seen.SubjectAlternativeNames ?? [])])]).map(dnsName),
    serial: text(seen.Serial),
    issued_at: time(seen.IssuedAt ?? seen.ImportedAt),
    not_before: time(seen.NotBefore),
    not_after: time(seen.NotAfter),
    in_use_by: texts(seen.InUseBy),
    renewal_eligibility: text(seen.RenewalEligibility),
    failure_reason: text(seen.FailureReason),
    renewal: renewal
      ? {
          status: text(renewal.RenewalStatus) ?? '',
          reason: text(renewal.RenewalStatusReason),
          updated_at: time(renewal.UpdatedAt),
        }
      : null,
    validation: (renewal?.DomainValidationOptions ?? seen.DomainValidationOptions ?? [])
      .slice(0, 100)
      .map(validationFacts),
  };
}

const validationFacts = (one: DomainValidation): AcmValidation => ({
  domain: dnsName(one.DomainName),
  method: text(one.ValidationMethod),
  status: text(one.ValidationStatus),
  record:
    one.ResourceRecord?.Type === 'CNAME'
      ? { name: dnsName(one.ResourceRecord.Name), target: dnsName(one.ResourceRecord.Value) }
      : null,
});
