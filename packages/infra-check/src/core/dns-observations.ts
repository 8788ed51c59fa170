/**
 * How a question ended. `lame`: a server that the delegation names answered without authority. `cut_off`: the time of
 * the whole run was up. `unreachable`: no packet could be sent there, or the port is closed.
 */
export type DnsOutcome =
  | 'answer'
  | 'nodata'
  | 'nxdomain'
  | 'servfail'
  | 'refused'
  | 'other_rcode'
  | 'timeout'
  | 'unreachable'
  | 'malformed'
  | 'lame'
  | 'cut_off';

export type DnsType = 'A' | 'AAAA' | 'CNAME' | 'CAA' | 'NS' | 'SOA' | 'DS';

export interface DnsRecord {
  name: string;
  type: string;
  /** Seconds; null where the system's library does not tell. */
  ttl: number | null;
  /** The data as zone files write it: an address, a name, `0 issue "amazon.com"`. Names have no dot at their end. */
  data: string;
}

export interface DnsAnswer {
  /** `system`, or `ADDRESS:PORT`. */
  server: string;
  name: string;
  type: DnsType;
  outcome: DnsOutcome;
  /** As the server wrote it, such as NOERROR; null where no answer came. */
  rcode: string | null;
  authoritative: boolean;
  /** The resolver vouches for the signatures (AD). */
  authentic: boolean;
  /** The server asks others in the asker's place (RA). */
  recursion: boolean;
  via: 'udp' | 'tcp' | 'system';
  answers: DnsRecord[];
  /** The authority section. */
  authorities: DnsRecord[];
  /** Of the system's name servers those asked before the one that answered; `timeout`: silent until that one had. */
  passed_over: { server: string; outcome: DnsOutcome }[];
  duration_ms: number;
  /** What the system said of a failure. */
  detail: string | null;
}

/** What one resolver knows of a name. */
export interface ResolverObservation {
  /** `system`, or `ADDRESS:PORT`. */
  resolver: string;
  /**
   * What the system's own look-up gives, /etc/hosts included, as a till sees it; null where it fails, and for other
   * resolvers.
   */
  looked_up: string[] | null;
  /** The code with which that look-up failed, such as `ENOTFOUND` or `EAI_AGAIN`. */
  look_up_error: string | null;
  /** Where its addresses come from, if not from DNS: `/etc/hosts`, `the search domain corp.test`. */
  look_up_source: string | null;
  /** It had not ended when it was no longer waited for, though DNS had answered; in milliseconds until then. */
  look_up_pending_ms: number | null;
  /** Seconds that the system's resolver waits for a silent name server; null for other resolvers. */
  timeout_seconds: number | null;
  /** For `system`, the answers of the first of its name servers that answers. CNAME records are followed. */
  a: DnsAnswer;
  aaaa: DnsAnswer;
  /** The same question with checking disabled, asked where the first was SERVFAIL: data here means broken DNSSEC. */
  unchecked: DnsAnswer | null;
}

export interface NameServerObservation {
  /** Its name in the NS record. */
  name: string;
  /** `ADDRESS:PORT`; null where the name has no address. */
  server: string | null;
  soa: DnsAnswer | null;
  a: DnsAnswer | null;
  aaaa: DnsAnswer | null;
  /** The CNAME of --validation. */
  validation: DnsAnswer | null;
}

export interface ZoneObservation {
  /** The zone's name, by the owner of its SOA record; null where none could be found. */
  name: string | null;
  soa: DnsAnswer;
  /** The NS records as the resolver gives them; null without a zone. */
  ns: DnsAnswer | null;
  /** The delegation as a server of the zone above gives it; null where none could be asked. */
  delegation: DnsAnswer | null;
  servers: NameServerObservation[];
}

export interface AliasObservation {
  /** The addresses of each target by each resolver, asked again while they rotate. */
  target: ResolverObservation[];
  /** The name's own addresses, asked again in the same rounds. */
  own: ResolverObservation[];
}

export interface DnsObservation {
  resolvers: ResolverObservation[];
  zone: ZoneObservation | null;
  alias: AliasObservation | null;
  /** The validation CNAME as the first resolver sees it. */
  validation: DnsAnswer | null;
  /** One for each label climbed, from the name up to the top-level domain. */
  caa: DnsAnswer[];
}
