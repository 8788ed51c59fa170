import type { Broken } from './breaks.ts';
import {
  createAuthority,
  issueCertificate,
  issueIntermediate,
  selfSignedCertificate,
} from './certificates.ts';
import type { RoadNames } from './dns/names.ts';
import type { Certificate, CertificateRequest } from './types.ts';

const DAY_MS = 86_400_000;
/** As long as Amazon's public certificates live. */
const LIFETIME_DAYS = 198;

/** The throwaway root, which clients trust, and the intermediate that signs the gateway's certificates. */
export interface Authorities {
  readonly root: Certificate;
  readonly intermediate: Certificate;
}

export function createAuthorities(): Authorities {
  const root = createAuthority();
  return { root, intermediate: issueIntermediate(root, 'shop-sandbox throwaway intermediate') };
}

type Subject = Pick<RoadNames, 'certified' | 'domain' | 'regionalZone'>;

/** The same, one for each address: they differ only where that is the fault. */
export function gatewayCertificates(
  authorities: Authorities,
  subject: Subject,
  broken: Broken,
  addresses: number,
): Certificate[] {
  const one = gatewayCertificate(authorities, subject, broken);
  const differs = broken.certificate === 'certificate-differs';
  return Array.from({ length: addresses }, () =>
    differs ? gatewayCertificate(authorities, subject, broken) : one,
  );
}

/** The gateway's certificate with its chain. */
export function gatewayCertificate(
  authorities: Authorities,
  subject: Subject,
  broken: Broken = {},
): Certificate {
  const request = requestOf(subject, broken);
  if (broken.certificate === 'certificate-self-signed') return selfSignedCertificate(request);
  const leaf = issueCertificate(authorities.intermediate, request);
  if (broken.certificate === 'certificate-incomplete') return leaf;
  return { cert: leaf.cert + authorities.intermediate.cert, key: leaf.key };
}

function requestOf({ certified: names, domain, regionalZone }: Subject, broken: Broken): CertificateRequest {
  switch (broken.certificate) {
    case undefined:
      return { names: broken.dns === 'dns-stage-url' ? [`*.${regionalZone}`] : names };
    case 'certificate-expired':
      return { names, ...endingInDays(-1) };
    case 'certificate-soon':
      return { names, ...endingInDays(5) };
    case 'certificate-not-yet-valid':
      return { names, notBefore: inDays(1) };
    case 'certificate-wrong-name':
      return { names: [`api.other.${domain}`] };
    case 'certificate-weak-key':
      return { names, rsaBits: 1024 };
    case 'certificate-weak-signature':
      return { names, signedWith: 'sha1' };
    case 'certificate-no-server-auth':
      return { names, usage: 'clientAuth' };
    case 'certificate-cn-only':
      return { names: [], commonName: `api.${domain}` };
    default:
      return { names };
  }
}

const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

const endingInDays = (days: number) => ({ notBefore: inDays(days - LIFETIME_DAYS), notAfter: inDays(days) });
