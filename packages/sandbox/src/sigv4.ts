import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { GatewayRefusal, GatewayRequest } from '@amis-shop/shop-client/testing';

export interface Verifier {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 5 * 60_000;

/**
 * Judges the signature of a request as API Gateway does where a method demands IAM authorisation.
 * Source: IAM User Guide, "Create a signed AWS API request"; API Gateway developer guide, "Gateway response types".
 * @returns why it is refused, or `undefined` for the signature of this caller
 */
export function refusalOfSignature(request: GatewayRequest, verifier: Verifier): GatewayRefusal | undefined {
  const { authorization, 'x-amz-date': date = '' } = request.headers;
  if (authorization === undefined)
    return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const given = parse(authorization);
  if (given === undefined || !DATE.test(date)) {
    return refuse('IncompleteSignatureException', 'The Authorization header or X-Amz-Date is not complete.');
  }
  const { accessKeyId, scope, signedHeaders } = given;
  if (accessKeyId !== verifier.accessKeyId || 'x-amz-security-token' in request.headers) {
    return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const wantedScope = [date.slice(0, 8), verifier.region, verifier.service, 'aws4_request'].join('/');
  if (scope !== wantedScope) return invalid(`Credential should be scoped to ${wantedScope}.`);
  const unsigned = Object.keys(request.headers).find(
    (name) => mustBeSigned(name) && !signedHeaders.includes(name),
  );
  if (unsigned !== undefined)
    return invalid(`'${unsigned}' must be a 'SignedHeader' in the Authorization header.`);
  return (
    refusalOfTime(date, verifier.now()) ?? (isSignedBy(request, given, date, verifier) ? undefined : MISMATCH)
  );
}

interface Given {
  accessKeyId: string;
  /** Date, region, service and `aws4_request`. */
  scope: string;
  signedHeaders: string[];
  signature: string;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([\w-]{1,128})\/([\w/-]{1,200}), ?SignedHeaders=([a-z0-9;_-]{1,2000}), ?Signature=([0-9a-f]{64})$/;
const DATE = /^\d{8}T\d{6}Z$/;

function parse(authorization: string): Given | undefined {
  const [, accessKeyId, scope, headers, signature] = FORM.exec(authorization) ?? [];
  if (!accessKeyId || !scope || !headers || !signature) return;
  return { accessKeyId, scope, signedHeaders: headers.split(';'), signature };
}

const mustBeSigned = (name: string): boolean => name === 'host' || name.startsWith('x-amz-');

function refusalOfTime(date: string, now: number): GatewayRefusal | undefined {
  const at = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at))
    return refuse('IncompleteSignatureException', 'Date must be in ISO-8601 basic format.');
  const theirs = basic(now);
  if (at < now - MAX_SKEW_MS) {
    return invalid(
      `Signature expired: ${date} is now earlier than ${basic(now - MAX_SKEW_MS)} (${theirs} - 5 min.)`,
    );
  }
  if (at <= now + MAX_SKEW_MS) return;
  return invalid(
    `Signature not yet current: ${date} is still later than ${basic(now + MAX_SKEW_MS)} (${theirs} + 5 min.)`,
  );
}

const basic = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

function isSignedBy(request: GatewayRequest, given: Given, date: string, verifier: Verifier): boolean {
  const { scope, signature } = given;
  const toSign = [ALGORITHM, date, scope, hex(canonicalRequest(request, given))].join('\n');
  const key = [...scope.split('/')].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${verifier.secretAccessKey}`,
  );
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'));
}

function canonicalRequest({ method, path, headers, body }: GatewayRequest, { signedHeaders }: Given): string {
  const [resource = '/', query = ''] = path.split(/\?(.*)/s);
  const lines = signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  return [
    method,
    canonicalPath(resource),
    canonicalQuery(query),
    lines.join(''),
    signedHeaders.join(';'),
    hex(body),
  ].join('\n');
}

/** As it came, dot segments and double slashes removed, each segment encoded once more. */
function canonicalPath(resource: string): string {
  const segments: string[] = [];
  for (const segment of resource.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encode(segment));
  }
  const end = segments.length > 0 && resource.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

const canonicalQuery = (query: string): string =>
  query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split(/=(.*)/s))
    .map(([name = '', value = '']) => `${encode(decode(name))}=${encode(decode(value))}`)
    .sort()
    .join('&');

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: all but its unreserved characters. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

const refuse = (errorType: string, message: string): GatewayRefusal => ({ errorType, message });

const invalid = (message: string): GatewayRefusal => refuse('InvalidSignatureException', message);

const MISMATCH = invalid(
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
);
