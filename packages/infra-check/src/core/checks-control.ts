import type { CheckSpec } from './check-spec.ts';

/** The settings behind the road, in the order in which the road needs them. */
export const CONTROL_CHECKS = {
  'control-plane.access': {
    meaning: 'AWS can be asked: there are a region and valid credentials, and the clock is right.',
    severity: 'unknown: AWS cannot be asked, so that nothing behind the name can be seen; warning: the clock',
    remedy:
      'Set AWS_REGION and AWS_PROFILE (single sign-on: aws sso login), or leave --aws out; a denied permission is named by the check that needs it.',
  },
  'control-plane.zone': {
    meaning: 'The hosted zone of the name is public, and the world asks its name servers.',
    severity: 'critical: the delegation names the servers of another zone; warning: some of them',
    remedy:
      "Name at the registrar exactly the four name servers of the hosted zone; until then its records, ACM's validation among them, reach nobody.",
  },
  'control-plane.alias': {
    meaning:
      "The name's A record in Route 53 is an alias for the custom domain name's own target; an AAAA record needs a dual-stack domain name.",
    severity:
      'critical: missing, or it leads elsewhere; warning: only part of the record sets lead there, or plain addresses that will age',
    remedy:
      'Make an alias record of type A whose target is the regional domain name, with the hosted zone id that the custom domain name shows.',
  },
  'control-plane.dns-answer': {
    meaning:
      'Route 53 itself has an answer for the name (TestDNSAnswer), and resolvers give addresses of it.',
    severity: 'critical: no answer; warning: resolvers give other addresses',
    remedy: 'Repair the record; where only resolvers differ, look at the delegation, and wait for the TTL.',
  },
  'control-plane.domain-name': {
    meaning: "The custom domain name exists in this account and region, and is API Gateway's to use.",
    severity:
      'critical: it does not exist, or has failed; warning: it is being changed, or waits for somebody',
    remedy:
      'Create the custom domain name (regional, the full name) in the region of the API; where it exists, look at the region and the account.',
  },
  'control-plane.endpoint': {
    meaning: 'The custom domain name is reached from everywhere, at a regional endpoint.',
    severity: 'critical: it is private; warning: edge-optimized',
    remedy: 'Migrate the custom domain name to a regional endpoint.',
  },
  'control-plane.tls-policy': {
    meaning:
      'The security policy of the custom domain name refuses TLS below --min-tls, and below 1.2 without it.',
    severity: 'critical: it accepts less than --min-tls; warning: TLS 1.0; unknown: a policy of a new name',
    remedy: 'Choose a security policy of the custom domain name that begins with the wanted version.',
  },
  'control-plane.mutual-tls': {
    meaning: 'Where mutual TLS is on, its truststore is sound and there is no way around it.',
    severity: 'warning: API Gateway warns of the truststore, or the generated URL still works without it',
    remedy: 'Repair the truststore, and disable the default execute-api endpoint of the API.',
  },
  'control-plane.mapping': {
    meaning: 'A mapping or routing rule leads the path to an API (--api) and a stage (--stage).',
    severity:
      'critical: none does, or it leads to another API or stage; warning: a rule that looks at headers comes first',
    remedy:
      'Map the empty path of the custom domain name to the API and its stage; with the routing mode ROUTING_RULE_ONLY a rule must do it.',
  },
  'control-plane.stage': {
    meaning: 'The stage exists and something was deployed to it.',
    severity: 'critical: it does not exist or is empty',
    remedy: 'Deploy the API to the stage.',
  },
  'control-plane.method': {
    meaning: 'What was deployed to the stage takes POST at the path.',
    severity: 'critical: it does not, be it that the method was made and never deployed',
    remedy: 'Create the resource with a POST method, and deploy the API to the stage.',
  },
  'control-plane.certificate': {
    meaning: "The custom domain name's certificate in ACM is issued, covers the name, and is in use.",
    severity: 'critical: not issued, expired, revoked, or for other names; warning: ACM sees no use of it',
    remedy: 'Request a certificate that covers the name in ACM, have it validated by DNS, and choose it.',
  },
  'control-plane.renewal': {
    meaning: 'ACM will renew the certificate, and has done so where the time has come.',
    severity:
      'critical: the renewal failed; warning: overdue, waits for validation, or the certificate is not eligible',
    remedy:
      'Look whether the validation CNAME is in place, CAA lets Amazon issue, and the certificate is in use; an imported one is renewed by hand.',
  },
  'control-plane.validation': {
    meaning: 'The CNAME records by which ACM validates are in DNS, for each name in the certificate.',
    severity: 'critical: one is missing or wrong; warning: a name is validated by e-mail; unknown: not seen',
    remedy: 'Create the CNAME records exactly as ACM shows them, and leave them there for good.',
  },
  'control-plane.served-certificate': {
    meaning: 'The certificate that is served is the one that ACM holds (by their serial numbers).',
    severity:
      'warning: it is another: a renewal that has not reached the gateway, or another way than this one',
    remedy:
      'Wait some hours after a renewal; if it stays so, look where the name leads: the custom domain name of this account does not serve it.',
  },
  'control-plane.key-alias': {
    meaning: "Each shop of --shop has its key's alias (--key-prefix and the shop's id).",
    severity: 'critical: one is missing',
    remedy:
      'Create the key and its alias in KMS; else look at the prefix, the shop id, the region and the account.',
  },
  'control-plane.key-state': {
    meaning: 'The key of each shop is enabled.',
    severity: 'critical: disabled, to be deleted, or unavailable',
    remedy: 'Enable the key in KMS; cancel its deletion first, where one is pending.',
  },
  'control-plane.key-usage': {
    meaning: 'The key of each shop encrypts with RSA (ENCRYPT_DECRYPT, RSAES_OAEP_SHA_256).',
    severity: 'critical: another usage or kind of key',
    remedy: 'Point the alias at a key with usage ENCRYPT_DECRYPT and spec RSA_2048, RSA_3072 or RSA_4096.',
  },
} as const satisfies Record<`control-plane.${string}`, CheckSpec>;
