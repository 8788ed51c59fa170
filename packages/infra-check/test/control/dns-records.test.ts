import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { type RecordSources, roadRecords } from '../../src/core/road-records.ts';
import { renderRecords } from '../../src/render/records.ts';
import { runCommand } from '../support/run-command.ts';
import { withAwsEnvironment } from './support/env.ts';
import { CERTIFICATE, DOMAIN, TARGET } from './support/evidence.ts';
import { type Behaviour, failing, startWire, type Wire } from './support/wire.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'records-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

withAwsEnvironment();

const KNOWN: RecordSources = {
  host: 'api.shop.test',
  ttl: 300,
  aliasTarget: null,
  aliasZone: null,
  validation: null,
  domain: DOMAIN,
  certificate: CERTIFICATE,
  zones: [{ id: 'Z1SHOP', name: 'shop.test', is_private: false }],
};

let wire: Wire | undefined;

afterEach(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await wire?.close();
  wire = undefined;
});

async function run(argv: string[], behaviours: Record<string, Behaviour> = {}) {
  wire = await startWire(behaviours);
  process.env['AWS_ENDPOINT_URL'] = wire.url;
  return runCommand(['dns-records', ...argv]);
}

test('with AWS the records of a shop are written as a zone file', async () => {
  const { stdout, stderr, exitCode } = await run(['https://api.shop.test/shop', '--aws']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'))).toEqual([
    `api.shop.test. 60 IN CNAME ${TARGET}.`,
    '_a1.shop.test. 300 IN CNAME _b2.acm-validations.aws.',
    'shop.test. 300 IN CAA 0 issue "amazon.com"',
    'shop.test. 300 IN CAA 0 issuewild "amazon.com"',
  ]);
});

test('the zone of an alias is written as Route 53 shows it, and no record is left out for one that is none', async () => {
  const options = ['--alias-target', TARGET, '--validation', '_a1.shop.test=_b2.acm-validations.aws'];
  const zoned = (id: string) => run(['api.shop.test', ...options, '--alias-zone', id, '--format', 'json']);
  const { stdout } = await zoned('/hostedzone/Z2OJLYMUO9EFXC');
  expect(JSON.parse(stdout).records[0].alias.zone_id).toBe('Z2OJLYMUO9EFXC');
  for (const id of ['z2ojlymuo9efxc', 'Z2OJLYMUO9EFXC ', 'x"\n}']) {
    const { stdout: none, stderr, exitCode } = await zoned(id);
    expect({ none, exitCode }).toEqual({ none: '', exitCode: 3 });
    expect(stderr).toContain('of --alias-zone is not the id of a hosted zone.');
  }
});

test('without AWS they are written from options, and no option may be missing', async () => {
  const options = ['--alias-target', TARGET, '--validation', '_a1.shop.test=_b2.acm-validations.aws'];
  const { stdout } = await run(['api.shop.test', ...options, '--format', 'json', '--ttl', '60']);
  expect(JSON.parse(stdout)).toMatchObject({
    zone: null,
    records: [
      { name: 'api.shop.test', type: 'A', ttl: null, alias: { target: TARGET, zone_id: null } },
      { name: '_a1.shop.test', type: 'CNAME', ttl: 60, values: ['_b2.acm-validations.aws'] },
      { name: 'shop.test', type: 'CAA', ttl: 60 },
    ],
  });
  expect(wire?.requests).toEqual([]);
  await wire?.close();
  const missing = await run(['api.shop.test', ...options.slice(0, 2)]);
  expect(missing).toMatchObject({
    stdout: '',
    exitCode: 3,
    stderr: expect.stringContaining('The validation CNAME is not known.'),
  });
});

test.each([
  ['shop.co.uk', 'shop.co.uk', '; shop.co.uk. needs an alias to'],
  ['api.shop.co.uk', 'shop.co.uk', 'api.shop.co.uk. 60 IN CNAME'],
  ['shop.eu', 'shop.eu', '; shop.eu. needs an alias to'],
  ['api.shop.eu', 'shop.eu', 'api.shop.eu. 60 IN CNAME'],
  ['api.vw.de', 'vw.de', 'api.vw.de. 60 IN CNAME'],
])(
  'without a zone that AWS knows, the CAA records of %s stand at %s, never at what a registry sells',
  (host, caa, alias) => {
    const validation = { name: `_a1.${host}`, target: '_b2.acm-validations.aws' };
    const found = roadRecords({
      ...KNOWN,
      host,
      aliasTarget: TARGET,
      validation,
      domain: null,
      certificate: null,
      zones: [],
    });
    expect(found.records.find(({ type }) => type === 'CAA')?.name).toBe(caa);
    expect(renderRecords(found, 'bind')).toContain(alias);
  },
);

test.each<[string, Record<string, Behaviour>, string]>([
  [
    'a denied domain name',
    { GetDomainName: failing('AccessDeniedException', 403) },
    'may not apigateway:GET',
  ],
  [
    'a denied certificate',
    { DescribeCertificate: failing('AccessDeniedException', 403) },
    'may not acm:DescribeCertificate',
  ],
  ['no such domain name', { GetDomainName: failing('NotFoundException', 404) }, 'AWS does not know it'],
  ['an expired token', { '*': failing('ExpiredTokenException', 403) }, 'AWS did not accept the credentials'],
  [
    'no certificate',
    { GetDomainName: { body: { domainName: 'api.shop.test', regionalDomainName: TARGET } } },
    'no certificate of ACM',
  ],
])('%s: nothing is written, rather than some of it', async (_what, behaviours, says) => {
  const { stdout, stderr, exitCode } = await run(['api.shop.test', '--aws'], behaviours);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
  expect(stderr).toContain(says);
  expect(stderr).toContain('No records are written');
});

test('--output writes the file, and standard output stays empty', async () => {
  const file = join(temporaryFolder(), 'road.tf');
  const { stdout } = await run(['api.shop.test', '--aws', '--format', 'terraform', '--output', file]);
  expect(stdout).toBe('');
  expect(readFileSync(file, 'utf8')).toContain('resource "aws_route53_record"');
});

test('formats of the report and of the records are not mixed up', async () => {
  const { stderr } = await run(['api.shop.test', '--aws', '--format', 'nagios']);
  expect(stderr).toContain('Write one of bind, csv, json, terraform.');
});

describe('which records', () => {
  const typesOf = (change: Partial<RecordSources>) =>
    roadRecords({ ...KNOWN, ...change }).records.map(({ name, type }) => `${name} ${type}`);

  test('a dual-stack domain name has an AAAA alias too', () => {
    expect(typesOf({ domain: { ...DOMAIN, ip_address_type: 'dualstack' } })).toContain('api.shop.test AAAA');
    expect(typesOf({})).not.toContain('api.shop.test AAAA');
  });

  test('CAA stands at the top of the zone, and above the name where the zone is not known', () => {
    expect(typesOf({})).toContain('shop.test CAA');
    expect(typesOf({ zones: [], host: 'api.eu.shop.test' })).toContain('eu.shop.test CAA');
    expect(typesOf({ zones: [], host: 'shop.test' })).toContain('shop.test CAA');
  });

  test('issuewild is written for a wildcard certificate only', () => {
    const caa = (names: string[]) =>
      roadRecords({ ...KNOWN, certificate: { ...CERTIFICATE, names } }).records.find(
        ({ type }) => type === 'CAA',
      )?.values;
    expect(caa(['api.shop.test'])).toEqual(['0 issue "amazon.com"']);
    expect(caa(['*.shop.test'])).toHaveLength(2);
  });

  test('a name that is none never reaches a file, and no other record is written without it', () => {
    const evil = 'x"\n} resource "null_resource" "y" {';
    const validation = [
      { ...(CERTIFICATE.validation[0] as object), record: { name: evil, target: '=cmd()' } },
    ];
    const certificate = { ...CERTIFICATE, validation: validation as typeof CERTIFICATE.validation };
    const changes: Partial<RecordSources>[] = [
      { certificate },
      { domain: { ...DOMAIN, target_name: evil } },
      { domain: { ...DOMAIN, target_zone_id: evil } },
    ];
    for (const change of changes)
      expect(() => roadRecords({ ...KNOWN, ...change })).toThrow('No records are written');
  });
});

const hasBind = spawnSync('named-checkzone', ['-v']).error === undefined;

describe('the formats, by programs that are not ours', () => {
  test.skipIf(!hasBind)(
    `bind is a zone file${hasBind ? '' : ' (skipped: named-checkzone is not here; apt-get install bind9-utils)'}`,
    () => {
      const file = join(temporaryFolder(), 'shop.test.zone');
      const head =
        'shop.test. 300 IN SOA ns.shop.test. admin.shop.test. 1 3600 600 86400 300\nshop.test. 300 IN NS ns.shop.test.\nns.shop.test. 300 IN A 192.0.2.1\n';
      const check = (text: string) => {
        writeFileSync(file, head + text);
        return spawnSync('named-checkzone', ['shop.test', file]).status;
      };
      expect(check(renderRecords(roadRecords(KNOWN), 'bind'))).toBe(0);
      expect(check(renderRecords(roadRecords({ ...KNOWN, host: 'shop.test' }), 'bind'))).toBe(0);
      expect(check(renderRecords(roadRecords({ ...KNOWN, host: 'shop.test', zones: [] }), 'bind'))).toBe(0);
      expect(check('api.shop.test. 60 IN CNAME\n')).not.toBe(0);
    },
  );

  const hasPython = spawnSync('python3', ['--version']).status === 0;

  test.skipIf(!hasPython)(
    `csv is read by Python${hasPython ? '' : ' (skipped: python3 is not here)'}`,
    () => {
      const script = 'import csv, json, sys; print(json.dumps(list(csv.DictReader(sys.stdin))))';
      const input = renderRecords(roadRecords(KNOWN), 'csv');
      const { stdout } = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' });
      const rows = JSON.parse(stdout) as Record<string, string>[];
      expect(rows.map(({ name, type, value }) => [name, type, value])).toEqual([
        ['api.shop.test', 'ALIAS-A', TARGET],
        ['_a1.shop.test', 'CNAME', '_b2.acm-validations.aws'],
        ['shop.test', 'CAA', '0 issue "amazon.com"'],
        ['shop.test', 'CAA', '0 issuewild "amazon.com"'],
      ]);
    },
  );

  test('terraform has a resource a record, and a variable for what is not known', () => {
    const text = renderRecords(roadRecords(KNOWN), 'terraform');
    expect(text.match(/^resource "aws_route53_record" "(.*)" \{$/gm)).toEqual([
      'resource "aws_route53_record" "road_api_shop_test_a" {',
      'resource "aws_route53_record" "road_a1_shop_test_cname" {',
      'resource "aws_route53_record" "road_shop_test_caa" {',
    ]);
    expect(text).toContain('default     = "Z1SHOP"');
    expect(text).not.toContain('alias_zone_id');
    expect(text).toContain('records = ["0 issue \\"amazon.com\\"", "0 issuewild \\"amazon.com\\""]');
    const unknown = roadRecords({ ...KNOWN, domain: null, zones: [], aliasTarget: TARGET });
    expect(renderRecords(unknown, 'terraform')).toContain('zone_id                = var.alias_zone_id');
  });
});
