import type { CheckSpec } from './check-spec.ts';

export const CERTIFICATE_CHECKS = {
  'certificate.connection': {
    meaning:
      'Each address takes a connection and finishes a TLS handshake with the name as SNI; with --proxy, the proxy opens the way to the name.',
    severity:
      'critical: no address can be reached, or one that takes connections breaks off the handshake, or the proxy cannot be reached, refuses or does not answer; warning: one cannot be reached, and tills go on to another, or one family (IPv4, IPv6) fails as a whole and the other works, or a handshake was finished at the second try only; unknown: this machine has no way to any of them',
    remedy:
      'Look whether the address still belongs to the gateway, and whether a firewall between here and there lets port 443 through; with --proxy look at the proxy first.',
  },
  'certificate.stage-url': {
    meaning: "The certificate is the custom domain's, not the one of generated stage URLs.",
    severity: 'critical: *.execute-api.<region>.amazonaws.com is served',
    remedy:
      "Point DNS at the custom domain name's regional domain name (d-...), not at the URL of a stage, or create the custom domain name.",
  },
  'certificate.name': {
    meaning: 'One of the names in the certificate (subjectAltName only, RFC 6125) is the name.',
    severity:
      'critical: none is; a risk only where Node takes the certificate, as by a common name or a wildcard within a label, for other clients do not',
    remedy: 'Choose a certificate in API Gateway that covers the name; a wildcard covers exactly one label.',
  },
  'certificate.not-before': {
    meaning: 'The certificate is already valid.',
    severity: 'critical: its first day is still to come',
    remedy: 'Look at the clock of this machine; else serve the former certificate until the new one begins.',
  },
  'certificate.expiry': {
    meaning:
      "Enough of the certificate's lifetime is left: by default a warning below 20 % (at most 40 days) and critical below 10 % (at most 20 days), so that ten years, 198 days and six are all met.",
    severity: 'critical: expired, or less left than --critical; warning: less left than --warn',
    remedy:
      'Look in ACM why the renewal does not succeed: the validation CNAME, the CAA records, and whether the certificate is in use.',
  },
  'certificate.key': {
    meaning: 'The key is strong enough: RSA of 2048 bits, EC of 256 bits, or Ed25519.',
    severity: 'critical: a weaker key; unknown: a kind of key that this program does not know',
    remedy: 'Request a certificate with RSA 2048 or EC P-256.',
  },
  'certificate.signature': {
    meaning: 'No certificate on the way to the root is signed with MD5 or SHA-1.',
    severity: 'critical: one is; unknown: a signature that this program does not know',
    remedy: 'Have the certificate issued again by a certificate authority of today.',
  },
  'certificate.usage': {
    meaning: 'The certificate may be used for TLS servers (extended key usage serverAuth).',
    severity:
      'critical: the usages that it names are others; warning: it names none and a public authority issued it (under --ca that is ok)',
    remedy: 'Request a certificate for TLS servers.',
  },
  'certificate.chain': {
    meaning: 'The server sends all intermediate certificates, each after the one that it signs.',
    severity:
      'critical: one is missing, or is no issuer of the one before; warning: order, repetition or strangers, or tills accept it all the same',
    remedy: 'Import the certificate together with its full chain, the leaf first.',
  },
  'certificate.chain-expiry': {
    meaning: 'Enough is left of each certificate above, by the same limits as of the leaf.',
    severity:
      'critical: one has expired, or less is left than --critical; warning: less than --warn, or an unneeded one has expired',
    remedy: 'Serve the current intermediate certificates.',
  },
  'certificate.trust': {
    meaning:
      'The chain leads to a trusted root as tills (Node) verify it: names, keys, dates, basic constraints, key usage, name constraints, critical extensions, strength.',
    severity:
      'critical: tills do not accept it; warning: they do, and no path without a fault was found here',
    remedy:
      'Serve a certificate of a public authority (ACM), or name the private one by --ca; between here and there may also be a proxy that opens TLS.',
  },
  'certificate.issuer': {
    meaning: 'The issuer is the one of --expect-issuer.',
    severity: 'critical: it is another',
    remedy: 'Find out who ordered this certificate; a proxy that opens TLS shows itself here.',
  },
  'certificate.ocsp': {
    meaning:
      'A stapled OCSP answer, where there is one, is genuine, current and says good; none is not called good.',
    severity: 'critical: revoked, or none though the certificate demands one; warning: stale or not genuine',
    remedy: 'Replace a revoked certificate at once; else let the server fetch a fresh OCSP answer.',
  },
  'certificate.tls': {
    meaning: 'Versions of TLS below --min-tls are refused, and the version in use is not below it.',
    severity: 'critical: an older version is accepted; unknown: it could not be tried',
    remedy: "Raise the security policy of the gateway's custom domain name.",
  },
  'certificate.same': {
    meaning: 'All addresses serve the same certificate.',
    severity: 'warning: they do not (a renewal that has not reached all, or a stranger)',
    remedy:
      'Wait some hours after a renewal; if it stays so, look which address does not belong to the gateway.',
  },
  'certificate.key-types': {
    meaning:
      'The certificate of the other type of key (RSA beside ECDSA), where there is one, is as good as the one that tills get (with --key-types).',
    severity: 'as the check that it fails, for the certificate that tills do not get today: a risk',
    remedy: 'Renew that certificate or take it away: another client, or a change at the gateway, meets it.',
  },
} as const satisfies Record<`certificate.${string}`, CheckSpec>;
