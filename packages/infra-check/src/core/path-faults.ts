import { ANY_USAGE, SERVER_AUTH, SERVER_GATED } from './algorithms.ts';
import { type CertificateDetails, detailsOf } from './certificate.ts';
import { DNS_NAME, type GeneralName, refusalOf } from './name-constraints.ts';
import type { CertificateFacts } from './observations.ts';
import { listed } from './text.ts';

/** Why a till refuses a path though its names and signatures fit. */
export interface PathFault {
  certificate: CertificateFacts;
  /** What follows the certificate's name in a sentence. */
  says: string;
  fix: string;
}

interface Link {
  facts: CertificateFacts;
  details: CertificateDetails;
  /** Issued to itself, which counts for no length and no name (RFC 5280, 6.1). */
  isSelfIssued: boolean;
}

type Rule = (
  link: Link,
  below: readonly Link[],
  isAnchor: boolean,
) => [says: string, fix: string] | undefined;

const REISSUE = 'Have this certificate issued again without that.';
const REISSUE_KEY = 'Have this certificate issued again for a key of RSA 2048 or EC P-256.';
const OTHER_AUTHORITY = 'Have the certificate issued by an authority that may issue it.';

/** In bits, at the security level of Node's default; of EC, those of the curve. */
const WEAKER_ARE_REFUSED: Readonly<Record<string, number>> = {
  rsa: 2_048,
  'rsa-pss': 2_048,
  dsa: 2_048,
  ec: 224,
};

const RULES: readonly Rule[] = [
  ({ details: { extensions } }) =>
    extensions.malformed.length > 0
      ? [`has an extension that cannot be read: ${listed(extensions.malformed)}`, REISSUE]
      : undefined,
  ({ details: { extensions } }) =>
    extensions.unknownCritical.length > 0
      ? [`has a critical extension that tills do not know: ${listed(extensions.unknownCritical)}`, REISSUE]
      : undefined,
  (link, below) => (below.length > 0 ? undefined : leafFault(link)),
  lengthFault,
  namesFault,
  ({ details: { signature } }, _below, isAnchor) =>
    signature.weak && !isAnchor ? [`is signed by ${signature.name}, which is too weak`, REISSUE] : undefined,
  ({ facts: { key } }) =>
    (key.bits ?? Infinity) < (WEAKER_ARE_REFUSED[key.type] ?? 0)
      ? [`has a key of only ${key.bits} bits`, REISSUE_KEY]
      : undefined,
];

/** All of them, from the leaf upwards; dates have checks of their own. @param trusted whether the path ends at a root */
export function faultsOf(path: readonly CertificateFacts[], trusted: boolean): PathFault[] {
  const links = path.map(linkOf);
  return links.flatMap((link, i) => {
    const isAnchor = trusted && i === links.length - 1;
    return RULES.flatMap((rule) => {
      const fault = rule(link, links.slice(0, i), isAnchor);
      return fault ? [{ certificate: link.facts, says: fault[0], fix: fault[1] }] : [];
    });
  });
}

function linkOf(facts: CertificateFacts): Link {
  const details = detailsOf(facts);
  return { facts, details, isSelfIssued: details.subjectKey === details.issuerKey };
}

/**
 * Why that certificate may not issue others; undefined where it may. A trusted root may be an old one, without basic
 * constraints.
 */
export function authorityFault(details: CertificateDetails, isAnchor: boolean): string | undefined {
  const { basicConstraints, keyUsage, extendedKeyUsage } = details.extensions;
  if (keyUsage && !keyUsage.has('keyCertSign'))
    return 'may not sign certificates (key usage without keyCertSign)';
  const isOldRoot = isAnchor && basicConstraints === null && (keyUsage !== null || isFirstVersion(details));
  if (!basicConstraints?.isAuthority && !isOldRoot)
    return `is not a certificate authority (${basicConstraints ? 'CA:FALSE' : 'no basic constraints'})`;
  if (extendedKeyUsage && !servesTls(extendedKeyUsage))
    return 'may not issue certificates for TLS servers (extended key usage)';
  return;
}

/** Without extensions, and signed by itself: so were roots before 1996. */
const isFirstVersion = ({ hasExtensions, subjectKey, issuerKey }: CertificateDetails): boolean =>
  !hasExtensions && subjectKey === issuerKey;

/** As OpenSSL reads it, to which "any usage" alone is not enough. */
export const servesTls = (usages: readonly string[]): boolean =>
  usages.some((usage) => usage === SERVER_AUTH || SERVER_GATED.has(usage));

function leafFault({ details: { extensions } }: Link): [string, string] | undefined {
  const { keyUsage, extendedKeyUsage } = extensions;
  const fix = 'Request a certificate for TLS servers.';
  if (extendedKeyUsage && !servesTls(extendedKeyUsage)) {
    const isAny = extendedKeyUsage.includes(ANY_USAGE);
    return [
      `may not be used for TLS servers (extended key usage${isAny ? ' "any", which is not enough for tills' : ''})`,
      fix,
    ];
  }
  const isForTls = ['digitalSignature', 'keyEncipherment', 'keyAgreement'] as const;
  return keyUsage && !isForTls.some((use) => keyUsage.has(use))
    ? ['may not be used for TLS (key usage)', fix]
    : undefined;
}

function lengthFault({ details }: Link, below: readonly Link[]): [string, string] | undefined {
  const most = details.extensions.basicConstraints?.pathLength ?? null;
  const between = below.slice(1).filter(({ isSelfIssued }) => !isSelfIssued).length;
  return most !== null && below.length > 0 && between > most
    ? [`permits ${most} authorities below itself, and there are ${between}`, OTHER_AUTHORITY]
    : undefined;
}

function namesFault({ details }: Link, below: readonly Link[]): [string, string] | undefined {
  const constraints = details.extensions.nameConstraints;
  if (!constraints) return;
  const names = below.flatMap((link, i) =>
    i > 0 && link.isSelfIssued ? [] : constrainedNames(link, i === 0),
  );
  const refusal = refusalOf(constraints, names);
  return refusal ? [`${refusal} (name constraints)`, OTHER_AUTHORITY] : undefined;
}

function constrainedNames({ details, facts }: Link, isLeaf: boolean): GeneralName[] {
  const { names } = details.extensions;
  const [, common] = isLeaf ? (/(?:^|, )CN=([\w-]+(?:\.[\w-]+)+)(?:, |$)/.exec(facts.subject) ?? []) : [];
  const asDns = common !== undefined && !names.some(({ tag }) => tag === DNS_NAME);
  return [
    ...(details.subject ? [details.subject] : []),
    ...names,
    ...(asDns ? [{ tag: DNS_NAME, content: Buffer.from(common) }] : []),
  ];
}
