import { createHash } from 'node:crypto';

/** The names of the road, without final dots; the same ones for the same domain and region. */
export interface RoadNames {
  readonly domain: string;
  /** `api.<domain>` and `amis.<domain>`. */
  readonly stable: readonly string[];
  /** What the gateway's certificate is for: `*.<domain>`, or the stable names where the domain has one label only. */
  readonly certified: readonly string[];
  /** `execute-api.<region>.amazonaws.com` */
  readonly regionalZone: string;
  /** The gateway's regional name, `d-<10 characters>` in that zone. */
  readonly aliasTarget: string;
  /** The stage URL's name, `<10 characters>` in that zone. */
  readonly stageName: string;
  /** The CNAME by which ACM validates the certificate. */
  readonly validation: { readonly name: string; readonly target: string };
}

export const VALIDATION_ZONE = 'acm-validations.aws';

/** Whose certificates CAA allows (ACM user guide, "Certification Authority Authorization"). */
export const CAA_ISSUERS = ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com'] as const;

export function roadNames(domain: string, region: string): RoadNames {
  const apex = domain.toLowerCase();
  const regionalZone = `execute-api.${region}.amazonaws.com`;
  const label = (purpose: string) => hash(`${purpose} of ${apex} in ${region}`);
  const stable = [`api.${apex}`, `amis.${apex}`];
  return {
    domain: apex,
    stable,
    certified: apex.includes('.') ? [`*.${apex}`] : stable,
    regionalZone,
    aliasTarget: `d-${label('gateway').slice(0, 10)}.${regionalZone}`,
    stageName: `${label('api').slice(0, 10)}.${regionalZone}`,
    validation: {
      name: `_${label('validation').slice(0, 32)}.${apex}`,
      target: validationTarget(label('certificate')),
    },
  };
}

/** `_<32 hexadecimal digits>.<10 letters>.acm-validations.aws` */
export const validationTarget = (digits: string): string =>
  `_${digits.slice(0, 32)}.${digits.slice(32, 42).replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))}.${VALIDATION_ZONE}`;

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
