import type { CheckSpec } from './check-spec.ts';

/** In the order in which they are judged; the first broken link is the first of them that is critical. */
export const DNS_CHECKS = {
  'dns.dnssec': {
    meaning: 'The zone is signed and valid, or not signed at all.',
    severity:
      'critical: the signatures are broken (bogus), so validating resolvers and certificate authorities refuse the name',
    remedy:
      "Remove the stale DS record at the registrar or sign the zone again; until then ACM's renewals fail as well.",
  },
  'dns.chain': {
    meaning: 'The chain of CNAME records is short, has no loop and does not end in nothing.',
    severity: 'critical: a loop, or a target that does not exist (dangling); warning: more than eight links',
    remedy:
      'Point the name directly at the regional domain name of the gateway (alias A record); a dangling target may be taken over by a stranger, so remove it at once.',
  },
  'dns.resolve': {
    meaning: 'Each resolver gives addresses for the name.',
    severity:
      "critical: the name does not exist, has no address that a till's system takes, its zone cannot be resolved (SERVFAIL), or the system's own look-up fails though its name server has addresses; warning: the system has its addresses from /etc/hosts, a search domain or another source than DNS, its look-up is slow, its first name server does not answer and another does, or there is no usable answer for one kind of address and addresses of the other; unknown: the resolver refuses or does not answer",
    remedy:
      'Create the alias A record of the name in its hosted zone, or repair the delegation at the registrar; instead of a resolver that does not answer name another by --resolver.',
  },
  'dns.delegation': {
    meaning:
      'The name servers of the zone can be found, have addresses, answer, and answer with authority (with --authoritative or --validation).',
    severity:
      'critical: none of them does; warning: one of them does not (lame delegation); unknown: none can be reached from here, though the resolver has answers',
    remedy:
      "Name at the registrar exactly the name servers of the hosted zone's NS record, and remove those that no longer serve it.",
  },
  'dns.authoritative': {
    meaning: 'All authoritative servers give the same addresses, and the resolvers give them too.',
    severity:
      'critical: they disagree about the addresses; warning: the resolvers give other ones; unknown: one does not answer',
    remedy:
      'Look for a second hosted zone of the same name or a secondary that no longer transfers, and bring all servers to the same records; after a change wait for the TTL.',
  },
  'dns.serial': {
    meaning: 'All authoritative servers have the same version of the zone (SOA serial).',
    severity: 'warning: the serials differ',
    remedy: 'Wait for the zone transfer; if it stays so, repair the secondary that lags behind.',
  },
  'dns.stage-url': {
    meaning:
      'The name points at the regional domain name of the gateway, not at the generated URL of a stage.',
    severity: 'critical: the chain leads to <id>.execute-api.<region>.amazonaws.com without the leading d-',
    remedy:
      "Point the record at the custom domain name's regional domain name (d-....execute-api.<region>.amazonaws.com), as API Gateway shows it.",
  },
  'dns.resolvers': {
    meaning: 'All resolvers give the same addresses, or overlapping subsets where they rotate.',
    severity: 'warning: they differ (a change that has not reached all, or split horizon)',
    remedy:
      'Wait for the TTL of the old answer; if it stays so, look for an override at the resolver that differs.',
  },
  'dns.addresses': {
    meaning: 'The addresses are public ones.',
    severity: 'critical: a private, loopback, link-local or otherwise unroutable address',
    remedy:
      'Remove the address from the record, or say --allow-private where the shop is meant to be reached inside a network of its own.',
  },
  'dns.expected-ip': {
    meaning: 'The addresses are those given by --expect-ip.',
    severity: 'critical: one is missing or foreign',
    remedy: 'Correct the record, or the expectation.',
  },
  'dns.alias': {
    meaning:
      'The name has the addresses of --alias-target, of which there may be several; subsets that rotate are tolerated, foreign addresses are not.',
    severity:
      'critical: no address, or not every address, is one of a target; unknown: no target has an address, or chance may have kept one away; warning: one of several targets does not exist any more',
    remedy: "Point the alias A record at the gateway's regional domain name and its hosted zone id.",
  },
  'dns.validation': {
    meaning:
      'The CNAME of --validation, by which ACM renews the certificate, is on every authoritative server.',
    severity: 'critical: missing or wrong on one of them; unknown: no server could be asked',
    remedy:
      'Create the CNAME exactly as ACM shows it (name and target) and leave it there for good: ACM needs it for each renewal.',
  },
  'dns.caa': {
    meaning: 'The CAA records let Amazon issue the certificate (issue, and issuewild for a wildcard).',
    severity:
      'critical: they forbid it; unknown: a resolver fails to answer, for which a CA would refuse too',
    remedy:
      'Add a CAA record with issue (and issuewild for a wildcard) "amazon.com" where the records were found.',
  },
  'dns.ttl': {
    meaning: 'The addresses are kept by resolvers long enough to spare queries and short enough to move.',
    severity: 'warning: longer than an hour',
    remedy: 'Lower the TTL of the record to 60 to 300 seconds, at least before a move.',
  },
} as const satisfies Record<`dns.${string}`, CheckSpec>;
