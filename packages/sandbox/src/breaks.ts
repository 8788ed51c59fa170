/** What a fault of the road does, and what shows it. */
interface Fault {
  readonly broken: string;
  readonly seen: string;
}

const FORBIDDEN = '403 `ForbiddenException`, `{"message":"Forbidden"}`';
const NO_TOKEN = '403 `MissingAuthenticationTokenException`';

/** The faults of the road by the link that they break. Each is there until it is taken away. */
export const BREAKS = {
  dns: {
    'dns-nxdomain': { broken: 'the stable names are deleted', seen: 'NXDOMAIN with the SOA' },
    'dns-servfail': { broken: 'the name servers fail for the zone', seen: 'SERVFAIL' },
    'dns-refused': { broken: 'the name servers do not serve the zone', seen: 'REFUSED from both' },
    'dns-timeout': { broken: 'the name servers are silent for the zone', seen: 'no answer, UDP or TCP' },
    'dns-lame': {
      broken: 'the second name server does not serve the zone',
      seen: 'REFUSED from `ns2` alone',
    },
    'dns-wrong-address': { broken: 'the stable names lead elsewhere', seen: 'A `127.0.0.66` alone' },
    'dns-mixed-address': {
      broken: 'a foreign address stands among the right ones',
      seen: 'A `127.0.0.66` beside those of the gateway',
    },
    'dns-stage-url': {
      broken: 'the stable names are a CNAME to the stage URL',
      seen: 'CNAME `<api>.execute-api...`, its certificate `*.execute-api...`, and 403 `Forbidden`',
    },
    'dns-dangling': {
      broken: 'the stable names are a CNAME to a gateway name that is gone',
      seen: 'CNAME and NXDOMAIN',
    },
    'dns-cname-loop': {
      broken: 'the stable names are a CNAME that leads back to them',
      seen: 'a circle of CNAMEs, no address',
    },
    'dns-servers-disagree': {
      broken: 'the second name server has an old zone',
      seen: '`ns2` gives A `127.0.0.66` and an older serial',
    },
    'dns-truncated': {
      broken: 'nothing: answers for the zone are too long for UDP',
      seen: 'TC and no records over UDP, all over TCP',
    },
  },
  validation: {
    'validation-missing': { broken: 'the ACM validation CNAME is deleted', seen: 'NXDOMAIN' },
    'validation-wrong': {
      broken: 'the ACM validation CNAME is that of another certificate',
      seen: 'another target',
    },
  },
  caa: {
    'caa-forbids': {
      broken: 'CAA names another authority than Amazon',
      seen: 'CAA `0 issue "letsencrypt.org"` alone',
    },
    'caa-wild-forbids': {
      broken: 'CAA forbids certificates for wildcards',
      seen: 'CAA `0 issuewild ";"` beside `issue` for Amazon',
    },
  },
  certificate: {
    'certificate-expired': { broken: 'it ended yesterday', seen: 'notAfter' },
    'certificate-not-yet-valid': { broken: 'it begins tomorrow', seen: 'notBefore' },
    'certificate-soon': {
      broken: 'it ends within five days and was not renewed',
      seen: 'notAfter; clients still verify it',
    },
    'certificate-wrong-name': { broken: 'it is for another name', seen: 'SAN `api.other.shop.test`' },
    'certificate-self-signed': { broken: 'no authority vouches for it', seen: 'issuer and subject are one' },
    'certificate-incomplete': {
      broken: 'the intermediate is not sent',
      seen: 'a chain of one, whose issuer is not the root',
    },
    'certificate-weak-key': { broken: 'RSA of 1024 bits', seen: 'the key' },
    'certificate-weak-signature': { broken: 'signed with SHA-1', seen: 'ecdsa-with-SHA1' },
    'certificate-no-server-auth': { broken: 'it is for clients only', seen: 'extended key usage clientAuth' },
    'certificate-cn-only': { broken: 'the name stands in the subject alone', seen: 'no SAN' },
    'certificate-differs': {
      broken: 'each address serves another certificate, all valid',
      seen: 'as many serial numbers as addresses',
    },
  },
  tls: {
    'tls-old': {
      broken: 'the gateway speaks TLS 1.0 and 1.1 only',
      seen: 'no TLS 1.2 or 1.3: an older ServerHello, or the alert `protocol_version`',
    },
  },
  gateway: {
    'gateway-unmapped': { broken: 'the names are mapped to no API', seen: FORBIDDEN },
    'gateway-wrong-stage': {
      broken: 'the names are mapped to a stage without the resource',
      seen: `${NO_TOKEN}, whatever the path`,
    },
    'gateway-stage-in-path': {
      broken: 'the names are mapped under the base path `prod`',
      seen: `${FORBIDDEN}; \`/prod/shop\` answers`,
    },
    'gateway-wrong-path': {
      broken: 'the resource is called `/store`',
      seen: `${NO_TOKEN}; \`/store\` answers`,
    },
    'gateway-http-api': {
      broken: 'the names are mapped to an HTTP API without the route',
      seen: '404 `{"message":"Not Found"}` with `apigw-requestid`',
    },
    'gateway-throttled': { broken: 'the rate limit is used up', seen: '429 `TooManyRequestsException`' },
    'gateway-disabled-endpoint': {
      broken: 'the endpoint of the API is disabled',
      seen: `${FORBIDDEN}: the answer proves no more`,
    },
    'gateway-waf': {
      broken: 'a web ACL blocks every request',
      seen: `${FORBIDDEN}: the answer proves no more`,
    },
    'gateway-client-certificate': {
      broken: 'the gateway wants a client certificate (mutual TLS)',
      seen: 'alert `certificate_required`, or a connection that ends',
    },
    'gateway-captive-portal': {
      broken: 'a guest network answers in its place',
      seen: '200 with a login page and no request id',
    },
    'gateway-custom-404': {
      broken: 'as gateway-wrong-path, and that answer is customised',
      seen: '404 with a body of its own, `x-amzn-errortype` as ever',
    },
    'gateway-silent': { broken: 'the gateway never answers', seen: 'TLS, then nothing' },
    'gateway-endless-body': { broken: 'the answer never ends', seen: '200 and a body without end' },
  },
  kms: {
    'kms-alias-gone': { broken: 'the aliases of the shops are deleted', seen: '`NotFoundException`' },
    'kms-disabled': { broken: 'the keys of the shops are disabled', seen: '`DisabledException`' },
  },
} as const satisfies Record<string, Record<string, Fault>>;

export type Link = keyof typeof BREAKS;

/** The faults in force: of each link one at most. */
export type Broken = { readonly [L in Link]?: keyof (typeof BREAKS)[L] };

/** A fault of the road, by name. */
export type Break = NonNullable<Broken[Link]>;

const LINKS = Object.keys(BREAKS) as Link[];
const NAMES = LINKS.flatMap((link) => Object.keys(BREAKS[link]));

/** Whether this is the name of a fault of the road. */
export const isBreak = (name: string): boolean => NAMES.includes(name);

/** @throws RangeError with one sentence for a name that is unknown, or two faults of one link */
export function brokenBy(names: readonly string[]): Broken {
  const broken: Record<string, string> = {};
  for (const name of names) {
    const link = LINKS.find((one) => Object.hasOwn(BREAKS[one], name));
    if (link === undefined)
      throw new RangeError(`Unknown fault of the road "${name}"; known are ${NAMES.join(', ')}.`);
    const other = broken[link];
    if (other !== undefined && other !== name) {
      throw new RangeError(`${other} and ${name} break the same link (${link}): name one of them.`);
    }
    broken[link] = name;
  }
  return broken as Broken;
}
