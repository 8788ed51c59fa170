import type { AwsAnswer, AwsCall } from '../../core/aws-call.ts';
import type { AcmFacts, DomainNameFacts, HostedZoneFacts } from '../../core/control-plane.ts';
import type { Limits } from '../limits.ts';
import { observeCertificate } from './certificate.ts';
import { observeDomain } from './domain.ts';
import { openSession } from './session.ts';
import { observeZones, openRoute53 } from './zones.ts';

export interface RecordObservation {
  access: AwsCall;
  domain: AwsAnswer<DomainNameFacts> | null;
  certificate: AwsAnswer<AcmFacts> | null;
  zones: AwsAnswer<HostedZoneFacts[]> | null;
}

/** Asks AWS for what decides about the records of a name. It reads only, and never throws. */
export async function observeRecordSources(host: string, limits: Limits): Promise<RecordObservation> {
  const { call: access, value: session } = await openSession(limits);
  if (session === null) return { access, domain: null, certificate: null, zones: null };
  try {
    const [domain, zones] = await Promise.all([
      observeDomain(session, host),
      observeZones(openRoute53(session), host),
    ]);
    const arn = domain.value?.certificate_arn;
    return { access, domain, zones, certificate: arn ? await observeCertificate(session, arn) : null };
  } finally {
    session.close();
  }
}
