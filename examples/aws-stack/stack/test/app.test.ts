import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { AUTHORITY, VARIANTS } from './support/variants.ts';

const example = fileURLToPath(new URL('../../', import.meta.url));
const cdk = join(example, 'node_modules/.bin/cdk');
const folder = mkdtempSync(join(tmpdir(), 'aws-stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** No credentials, no region, and a proxy that nobody is: whatever asked AWS would fail. */
const ALONE = {
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  HOME: folder,
  AWS_EC2_METADATA_DISABLED: 'true',
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
};

const synth = (config: string, output = join(folder, 'out')) =>
  spawnSync(cdk, ['synth', '--quiet', '-c', `config=${config}`, '--output', output], {
    cwd: example,
    env: ALONE,
    encoding: 'utf8',
  });

const configured = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

/** The CDK's command line starts slowly, the more so where others work. */
const PATIENCE = { timeout: 300_000 };

describe('cdk synth', PATIENCE, () => {
  test('needs no account, no credentials and no network, and writes one template and its bundles', () => {
    const { status, stderr } = synth('shop.json');
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/error|fail/i)]);
    const files = readdirSync(join(folder, 'out'));
    expect(files).toEqual(
      expect.arrayContaining(['AmisShop.template.json', 'AmisShop.assets.json', 'manifest.json']),
    );
    expect(files.filter((name) => name.startsWith('asset.'))).toHaveLength(3);
    // What has to be looked up in an account would be asked for here.
    expect(JSON.parse(readFileSync(join(folder, 'out/manifest.json'), 'utf8'))).not.toHaveProperty('missing');
  });

  test('ends with the app that was refused', () => {
    const { status, stderr } = synth(configured('refused.json', '{}'), join(folder, 'refused'));
    expect(status).not.toBe(0);
    expect(stderr).toContain('refused.json: region is missing.');
  });

  test('is the same from the same configuration, whenever and wherever it runs', () => {
    synth('shop.json', join(folder, 'again'));
    const template = (output: string) => readFileSync(join(folder, output, 'AmisShop.template.json'), 'utf8');
    expect(template('again')).toBe(template('out'));
  });

  test('takes a truststore that lies beside its configuration', () => {
    writeFileSync(join(folder, 'tills.pem'), readFileSync(AUTHORITY));
    const options = { ...VARIANTS['one name'], stackName: 'Mutual' };
    const domain = { ...options.domain, mutualTls: { truststore: 'tills.pem' } };
    const { status } = synth(
      configured('mutual.json', JSON.stringify({ ...options, domain })),
      join(folder, 'mutual'),
    );
    expect(status).toBe(0);
    const pems = readdirSync(join(folder, 'mutual')).filter((name) => name.endsWith('.pem'));
    expect(pems.map((name) => readFileSync(join(folder, 'mutual', name), 'utf8'))).toEqual([
      readFileSync(AUTHORITY, 'utf8'),
    ]);
  });

  test.each([
    ['missing.json', undefined, 'cannot be read.'],
    ['broken.json', '{', 'is no JSON.'],
    ['unknown.json', '{"region":"eu-west-1","shop":{}}', 'shops is missing.'],
    [
      'typo.json',
      '{"region":"eu-west-1","shops":{"AMIS1":{}},"domian":{}}',
      'domian is not an option; the README lists those that are.',
    ],
  ])('says in one sentence what is wrong with %s', (name, text, sentence) => {
    const file = text === undefined ? join(folder, name) : configured(name, text);
    const app = spawnSync(process.execPath, ['bin/app.ts'], {
      cwd: example,
      env: { ...ALONE, CDK_CONTEXT_JSON: JSON.stringify({ config: file }) },
      encoding: 'utf8',
    });
    expect([app.status, app.stdout, app.stderr]).toEqual([2, '', `${file}: ${sentence}\n`]);
  });
});
