import type { AwsAnswer, AwsCall } from './aws-call.ts';

/** What AWS says of the settings behind the name. Null stands for a question that was not asked. */
export interface ControlPlaneObservation {
  region: string | null;
  /** This machine's clock less the clock of AWS, in seconds; null where no answer told. */
  clock_offset_s: number | null;
  /** How region and credentials were found. */
  access: AwsCall;
  domain: AwsAnswer<DomainNameFacts> | null;
  /** By GetApiMappings: of REST and HTTP APIs. */
  api_mappings: AwsAnswer<MappingFacts[]> | null;
  /** By GetBasePathMappings: of REST APIs only. */
  base_path_mappings: AwsAnswer<MappingFacts[]> | null;
  /** Asked where the routing mode is not that of mappings alone. */
  routing_rules: AwsAnswer<RoutingRuleFacts[]> | null;
  /** The API to which the path is mapped, else the one that is expected. */
  api: AwsAnswer<ApiFacts> | null;
  stage: AwsAnswer<StageFacts> | null;
  /** What was deployed to the stage; of REST APIs only. */
  deployment: AwsAnswer<DeploymentFacts> | null;
  /** As the API stands now, deployed or not. */
  methods: AwsAnswer<MethodFacts[]> | null;
  certificate: AwsAnswer<AcmFacts> | null;
  /** One for each validation record of the certificate: its CNAME as a resolver sees it. */
  validation_seen: CnameSeen[];
  /** Which hosted zones of the account could hold the name. */
  zones: AwsAnswer<HostedZoneFacts[]> | null;
  /** The public ones among them of the longest name, looked into. */
  zone_contents: ZoneContents[];
  keys: ShopKeyObservation[];
}

export interface DomainNameFacts {
  name: string;
  arn: string | null;
  /** Such as AVAILABLE. */
  status: string | null;
  status_message: string | null;
  /** REGIONAL, EDGE or PRIVATE. */
  endpoint_types: string[];
  /** ipv4 or dualstack. */
  ip_address_type: string | null;
  security_policy: string | null;
  /** BASIC or STRICT. */
  access_mode: string | null;
  certificate_arn: string | null;
  /** Where an alias record must point: the regional name, or the distribution of an edge-optimized one. */
  target_name: string | null;
  target_zone_id: string | null;
  /** As version 1 of the service writes it. */
  routing_mode: string | null;
  mutual_tls: { truststore: string; warnings: string[] } | null;
}

export interface MappingFacts {
  /** Without slashes at its ends; empty for the whole name. */
  base_path: string;
  api: string;
  /** Null where the caller must write the stage into the path. */
  stage: string | null;
}

export interface RoutingRuleFacts {
  id: string;
  /** The lowest is tried first. */
  priority: number;
  /** Without slashes at their ends; any of them; empty where every path will do. */
  base_paths: string[];
  /** Names of the headers that it looks at. */
  headers: string[];
  api: string;
  stage: string | null;
  strips_base_path: boolean;
}

export interface ApiFacts {
  id: string;
  kind: 'REST' | 'HTTP' | 'WEBSOCKET';
  name: string | null;
  default_endpoint_disabled: boolean;
}

export interface StageFacts {
  name: string;
  deployment: string | null;
  /** HTTP APIs only. */
  is_deployed_automatically: boolean;
  /** ISO 8601, UTC. */
  updated_at: string | null;
  web_acl: string | null;
}

export interface DeploymentFacts {
  id: string;
  created_at: string | null;
  /** Null where AWS gave no summary. */
  methods: MethodFacts[] | null;
}

export interface MethodFacts {
  /** `ANY` for all of them. */
  method: string;
  /** Such as /shop or /{proxy+}; `$default` for an HTTP API's last resort. */
  path: string;
  authorization: string | null;
  needs_api_key: boolean;
}

export interface AcmFacts {
  arn: string;
  status: string | null;
  /** AMAZON_ISSUED, IMPORTED or PRIVATE. */
  type: string | null;
  names: string[];
  /** Hexadecimal with colons, as ACM writes it. */
  serial: string | null;
  issued_at: string | null;
  not_before: string | null;
  not_after: string | null;
  in_use_by: string[];
  /** ELIGIBLE or INELIGIBLE. */
  renewal_eligibility: string | null;
  failure_reason: string | null;
  renewal: { status: string; reason: string | null; updated_at: string | null } | null;
  validation: AcmValidation[];
}

export interface AcmValidation {
  domain: string;
  /** DNS, EMAIL or HTTP. */
  method: string | null;
  status: string | null;
  /** The CNAME that must stay; names without a dot at their end. */
  record: { name: string; target: string } | null;
}

export interface CnameSeen {
  name: string;
  /** As for other questions of DNS: answer, nodata, nxdomain, servfail, timeout and so on. */
  outcome: string;
  targets: string[];
}

export interface HostedZoneFacts {
  id: string;
  name: string;
  is_private: boolean;
}

export interface ZoneContents {
  id: string;
  name: string;
  name_servers: AwsAnswer<string[]>;
  /** The record sets of the name, of the wildcard that could stand for it, and of the validation records. */
  records: AwsAnswer<RecordSetFacts[]>;
  /** What Route 53 would answer for the name. */
  test: AwsAnswer<TestDnsFacts>;
}

export interface RecordSetFacts {
  name: string;
  type: string;
  /** Of weighted, geographic and other routing; null for a plain one. */
  set_identifier: string | null;
  values: string[];
  alias: { target: string; zone_id: string; evaluates_health: boolean } | null;
}

export interface TestDnsFacts {
  /** Such as NOERROR. */
  rcode: string;
  data: string[];
  name_server: string | null;
}

export interface ShopKeyObservation {
  shop: string;
  alias: string;
  key: AwsAnswer<KeyFacts>;
}

export interface KeyFacts {
  arn: string;
  /** Such as Enabled. */
  state: string | null;
  usage: string | null;
  spec: string | null;
  encryption_algorithms: string[];
  deletion_date: string | null;
}
