import type { OptionSpec } from './option-spec.ts';

const DNS = 'DNS:';
const CERTIFICATE = 'Certificate:';
const GATEWAY = 'Gateway:';
const AWS = 'Settings behind the name (AWS):';

/** What the path should be like, stage by stage. */
export const PATH_OPTIONS = {
  resolver: {
    type: 'list',
    group: DNS,
    value: 'HOST[:PORT]',
    help: "ask this resolver in place of the system's; repeat it to compare several; the word system names the system's own",
  },
  authoritative: { type: 'switch', group: DNS, help: "ask the zone's own name servers too" },
  'alias-target': {
    type: 'list',
    group: DNS,
    value: 'NAME',
    help: 'the name must have the addresses of this one; may be repeated, as during a migration',
  },
  'expect-ip': {
    type: 'list',
    group: DNS,
    value: 'ADDRESS',
    help: 'the name must have this address and no other; may be repeated (where addresses rotate, use --alias-target)',
  },
  validation: {
    type: 'text',
    group: DNS,
    value: 'NAME=TARGET',
    help: "ACM's validation CNAME, which must be on every name server",
  },
  'allow-private': { type: 'switch', group: DNS, help: 'private and loopback addresses are meant' },
  'dns-port': {
    type: 'number',
    group: DNS,
    value: 'N',
    min: 1,
    max: 65_535,
    help: 'port of the name servers that a delegation names (default: 53)',
  },

  ca: {
    type: 'path',
    group: CERTIFICATE,
    value: 'FILE',
    help: "authorities to trust in place of Node's, PEM",
  },
  'expect-issuer': {
    type: 'text',
    group: CERTIFICATE,
    value: 'TEXT',
    help: "must stand in the issuer's name",
  },
  warn: {
    type: 'text',
    group: CERTIFICATE,
    value: 'DAYS|PERCENT%[,DAYS]',
    short: 'w',
    help: 'warning when less is left of a certificate; of both the lesser (default: 20%,40d)',
  },
  critical: {
    type: 'text',
    group: CERTIFICATE,
    value: 'DAYS|PERCENT%[,DAYS]',
    short: 'c',
    help: 'critical when less is left of a certificate; of both the lesser (default: 10%,20d)',
  },
  'min-tls': {
    type: 'choice',
    group: CERTIFICATE,
    choices: ['1.1', '1.2', '1.3'],
    help: 'older versions of TLS must be refused; tries them',
  },
  'key-types': {
    type: 'switch',
    group: CERTIFICATE,
    help: 'ask for an RSA and for an ECDSA certificate, of which a till gets one',
  },
  connect: {
    type: 'text',
    group: CERTIFICATE,
    value: 'HOST[:PORT]',
    help: 'connect there; name and certificate stay those of the target',
  },
  proxy: {
    type: 'text',
    group: CERTIFICATE,
    value: 'URL|env|none',
    help: 'connect through this HTTP proxy; env takes that of HTTPS_PROXY and NO_PROXY, as tills do',
  },
  'proxy-auth-file': { type: 'path', group: CERTIFICATE, value: 'FILE', help: 'USER:PASSWORD for the proxy' },
  'ip-version': {
    type: 'choice',
    group: CERTIFICATE,
    choices: ['4', '6', 'any'],
    help: 'connect to the addresses of this family alone (default: any)',
  },

  path: {
    type: 'text',
    group: GATEWAY,
    value: '/shop',
    help: "the resource that must answer (default: the URL's path, or /shop)",
  },
  'post-probe': { type: 'switch', group: GATEWAY, help: 'also post a body that no receiver books' },
  options: { type: 'switch', group: GATEWAY, help: 'also ask with OPTIONS' },
  cert: {
    type: 'path',
    group: GATEWAY,
    value: 'FILE',
    help: 'mutual TLS: the client certificate to present, and what is above it, PEM',
  },
  key: { type: 'path', group: GATEWAY, value: 'FILE', help: 'the private key of --cert, PEM' },
  'key-passphrase-file': {
    type: 'path',
    group: GATEWAY,
    value: 'FILE',
    help: 'what the private key is encrypted with',
  },
  sigv4: {
    type: 'switch',
    group: GATEWAY,
    help: 'sign the POST of --post-probe with the AWS credentials (IAM authorisation)',
  },
  'api-key-file': { type: 'path', group: GATEWAY, value: 'FILE', help: 'the API key to present' },
  'expect-auth': {
    type: 'list',
    group: GATEWAY,
    value: 'NAME',
    help: 'the gateway must demand it (client-certificate, sigv4, api-key), whether or not it is presented; may be repeated',
  },
  'max-latency': {
    type: 'number',
    group: GATEWAY,
    value: 'SECONDS',
    min: 0.001,
    max: 600,
    help: 'warning when the whole way takes longer',
  },

  aws: {
    type: 'switch',
    group: AWS,
    help: "also look at the settings behind the name, with the region and the credentials of AWS's own chain",
  },
  api: { type: 'text', group: AWS, value: 'ID', help: 'the API to which the path must lead' },
  stage: { type: 'text', group: AWS, value: 'prod', help: 'the stage to which the path must lead' },
  shop: {
    type: 'list',
    group: AWS,
    value: 'ID',
    help: 'a shop whose key must be there, such as AMIS1; may be repeated',
  },
  'key-prefix': {
    type: 'text',
    group: AWS,
    value: 'PREFIX',
    help: "what stands before the shop's id in the alias of its key (default: alias/KeyL-)",
  },
} as const satisfies Record<string, OptionSpec>;
