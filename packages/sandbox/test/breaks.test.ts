import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BREAKS, type Break, type SandboxOptions, startSandbox } from '../src/index.ts';
import { rsaKey } from './support/keys.ts';
import { type Observation, type OpenSandbox, observe } from './support/road.ts';

const GATEWAYS = '127.0.0.1, 127.0.0.2, 127.0.0.3';
const AMAZON = 'issue amazon.com, issue amazontrust.com, issue awstrust.com, issue amazonaws.com';
const FORBIDDEN = '403 REST ForbiddenException {"message":"Forbidden"}';
const NO_TOKEN = '403 REST MissingAuthenticationTokenException {"message":"Missing Authentication Token"}';
const REACHED = '400 REST "NotOK: malformed message"';
const DATA_OF_ZONE = ['addresses', 'cname', 'serial', 'validation', 'caa'] as const;

let sandbox: OpenSandbox;
let healthy: Observation;

beforeAll(async () => {
  sandbox = await startSandbox({ dns: true, keys: { AMIS1: rsaKey } });
  healthy = await observe(sandbox);
});

afterAll(() => sandbox.close());

const both = (said: unknown) => [said, said];

test('a road without faults is open from end to end', () => {
  expect(healthy).toEqual({
    addresses: both(GATEWAYS),
    cname: both('ENODATA'),
    truncated: both('false'),
    serial: both('2'),
    validation: both(sandbox.dns.validation.target),
    caa: both(AMAZON),
    aliasTarget: both(GATEWAYS),
    certificates: 1,
    today: 'TLSv1.3',
    protocol: 'TLSv1.3',
    verdict: 'verified',
    certificate: expect.stringMatching(/^[0-9A-F]{32}$/),
    san: 'DNS:*.shop.test',
    issuer: 'CN=shop-sandbox throwaway intermediate',
    days: [0, 198],
    key: 'ec',
    bits: undefined,
    sha1: false,
    shop: REACHED,
    withStage: NO_TOKEN,
    store: NO_TOKEN,
    publicKey: 'string',
  });
});

const ofZone = (said: (healthy: unknown) => unknown): Partial<Observation> =>
  Object.fromEntries(DATA_OF_ZONE.map((name) => [name, said(healthy[name])]));

const another = () => ({ certificate: expect.not.stringContaining(String(healthy.certificate)) });

const everyPath = (said: string) => ({ shop: said, withStage: said, store: said });

/** What is seen otherwise than on the open road: for each fault this, and nothing else. */
const SEEN: Record<Break, () => { [Name in keyof Observation]?: unknown }> = {
  'dns-nxdomain': () => ({ addresses: both('ENOTFOUND'), cname: both('ENOTFOUND') }),
  'dns-servfail': () => ofZone(() => both('ESERVFAIL')),
  'dns-refused': () => ofZone(() => both('EREFUSED')),
  'dns-timeout': () => ({ ...ofZone(() => both('silent')), truncated: both('silent') }),
  'dns-lame': () => ofZone((said) => [(said as string[])[0], 'EREFUSED']),
  'dns-wrong-address': () => ({ addresses: both('127.0.0.66') }),
  'dns-mixed-address': () => ({ addresses: both(`${GATEWAYS}, 127.0.0.66`) }),
  'dns-stage-url': () => ({
    cname: both(expect.stringMatching(/^[0-9a-z]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/)),
    ...another(),
    san: 'DNS:*.execute-api.eu-west-1.amazonaws.com',
    verdict: 'ERR_TLS_CERT_ALTNAME_INVALID',
    ...everyPath(FORBIDDEN),
  }),
  'dns-dangling': () => ({
    addresses: both('ENOTFOUND'),
    cname: both(expect.stringMatching(/^d-[0-9a-z]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/)),
  }),
  'dns-cname-loop': () => ({ addresses: both(''), cname: both('loop.shop.test') }),
  'dns-servers-disagree': () => ({ addresses: [GATEWAYS, '127.0.0.66'], serial: ['2', '1'] }),
  'dns-truncated': () => ({ truncated: both('true') }),
  'validation-missing': () => ({ validation: both('ENOTFOUND') }),
  'validation-wrong': () => ({
    validation: both(expect.stringMatching(/^_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws$/)),
  }),
  'caa-forbids': () => ({ caa: both('issue letsencrypt.org') }),
  'caa-wild-forbids': () => ({ caa: both(`${AMAZON}, issuewild ;`) }),
  'certificate-expired': () => ({ ...another(), days: [-199, -1], verdict: 'CERT_HAS_EXPIRED' }),
  'certificate-not-yet-valid': () => ({ ...another(), days: [1, 199], verdict: 'CERT_NOT_YET_VALID' }),
  'certificate-soon': () => ({ ...another(), days: [-193, 5] }),
  'certificate-wrong-name': () => ({
    ...another(),
    san: 'DNS:api.other.shop.test',
    verdict: 'ERR_TLS_CERT_ALTNAME_INVALID',
  }),
  'certificate-self-signed': () => ({
    ...another(),
    issuer: 'CN=*.shop.test',
    verdict: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  }),
  'certificate-incomplete': () => ({ ...another(), verdict: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
  'certificate-weak-key': () => ({ ...another(), key: 'rsa', bits: 1024 }),
  'certificate-weak-signature': () => ({ ...another(), sha1: true }),
  'certificate-no-server-auth': () => ({ ...another(), verdict: 'INVALID_PURPOSE' }),
  // Node takes the name from the subject: infra-check must not.
  'certificate-cn-only': () => ({ ...another(), san: undefined }),
  'certificate-differs': () => ({ ...another(), certificates: 3 }),
  'tls-old': () => ({ protocol: 'TLSv1.1', today: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }),
  'gateway-unmapped': () => everyPath(FORBIDDEN),
  'gateway-wrong-stage': () => everyPath(NO_TOKEN),
  'gateway-stage-in-path': () => ({ ...everyPath(FORBIDDEN), withStage: REACHED }),
  'gateway-wrong-path': () => ({ ...everyPath(NO_TOKEN), store: REACHED }),
  'gateway-http-api': () => everyPath('404 HTTP {"message":"Not Found"}'),
  'gateway-throttled': () => everyPath('429 REST TooManyRequestsException {"message":"Too Many Requests"}'),
  'gateway-disabled-endpoint': () => everyPath(FORBIDDEN),
  'gateway-waf': () => everyPath(FORBIDDEN),
  'gateway-client-certificate': () => everyPath('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
  'gateway-captive-portal': () =>
    Object.fromEntries(
      Object.keys(everyPath('')).map((path) => [path, expect.stringMatching(/^200 nobody <!doctype html>/)]),
    ),
  'gateway-custom-404': () =>
    everyPath('404 REST MissingAuthenticationTokenException {"error":"There is nothing here."}'),
  'gateway-silent': () => everyPath('silent'),
  'gateway-endless-body': () => everyPath('endless'),
  'kms-alias-gone': () => ({ publicKey: 'NotFoundException' }),
  'kms-disabled': () => ({ publicKey: 'DisabledException' }),
};

const FAULTS = Object.keys(SEEN) as Break[];

describe('each fault breaks its link and nothing else', () => {
  test('the table has them all', () => {
    expect(FAULTS).toEqual(Object.values(BREAKS).flatMap((faults) => Object.keys(faults)));
  });

  test.each(FAULTS)('%s', async (fault) => {
    await sandbox.break([fault]);
    expect(await observe(sandbox)).toEqual({ ...healthy, ...SEEN[fault]() });
  });
});

test('faults of several links are there together, and nothing is left of them when they are taken away', async () => {
  await sandbox.break([
    'dns-lame',
    'caa-forbids',
    'certificate-expired',
    'gateway-client-certificate',
    'kms-disabled',
  ]);
  expect(await observe(sandbox)).toMatchObject({
    ...SEEN['dns-lame'](),
    ...SEEN['certificate-expired'](),
    ...SEEN['gateway-client-certificate'](),
    ...SEEN['kms-disabled'](),
    caa: ['issue letsencrypt.org', 'EREFUSED'],
  });
  await sandbox.break([]);
  expect(await observe(sandbox)).toEqual(healthy);
});

test('changes that are asked for at once come one after another, the last one stays', async () => {
  await Promise.all(FAULTS.map((fault) => sandbox.break([fault])));
  await sandbox.break(['certificate-soon']);
  expect(await observe(sandbox)).toEqual({ ...healthy, ...SEEN['certificate-soon']() });
  await sandbox.break([]);
});

describe('a fault that cannot be is refused in one sentence, and what was broken stays so', () => {
  test.each<[string[], string]>([
    [['dns-nxdomain', 'dns-lame'], 'dns-nxdomain and dns-lame break the same link (dns): name one of them.'],
    [
      ['nothing'],
      `Unknown fault of the road "nothing"; known are ${Object.values(BREAKS)
        .flatMap((faults) => Object.keys(faults))
        .join(', ')}.`,
    ],
  ])('%j', async (names, sentence) => {
    await sandbox.break(['validation-missing']);
    await expect(sandbox.break(names as Break[])).rejects.toThrow(new RangeError(sentence));
    await expect(startSandbox({ breaks: names as Break[] })).rejects.toThrow(new RangeError(sentence));
    expect((await observe(sandbox)).validation).toEqual(both('ENOTFOUND'));
    await sandbox.break([]);
  });

  test.each<[Break, string]>([
    ['caa-forbids', 'caa-forbids needs name servers: start the sandbox with the option dns.'],
    [
      'certificate-differs',
      'certificate-differs needs a gateway at several addresses: the option dns, and a system that has 127.0.0.2.',
    ],
  ])('%s, without name servers', async (fault, sentence) => {
    const options: SandboxOptions = { keys: { AMIS1: rsaKey } };
    await expect(startSandbox({ ...options, breaks: [fault] })).rejects.toThrow(new RangeError(sentence));
    const other = await startSandbox(options);
    await expect(other.break([fault])).rejects.toThrow(new RangeError(sentence));
    await other.close();
    await expect(other.break([])).rejects.toThrow('The sandbox is closed: nothing of it can be broken.');
  });
});

test('a fault that is named at the start is there from the start', async () => {
  const broken = await startSandbox({ dns: true, keys: { AMIS1: rsaKey }, breaks: ['validation-wrong'] });
  const { validation } = await observe(broken).finally(() => broken.close());
  expect(validation).not.toEqual(healthy.validation);
});

test('the README lists every fault as the code knows it', () => {
  const rows = Object.values(BREAKS)
    .flatMap((faults) => Object.entries(faults))
    .map(([name, { broken, seen }]) => `| \`${name}\` | ${broken} | ${seen} |`);
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  expect(
    readme.split('\n').filter((line) => /^\| `(dns|validation|caa|certificate|tls|gateway|kms)-/.test(line)),
  ).toEqual(rows);
});
