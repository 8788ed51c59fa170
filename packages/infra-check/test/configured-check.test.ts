import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Report } from '../src/index.ts';
import { makePki, type Pki } from './support/pki.ts';
import { fullChain, startTls, type TlsServer } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

let server: TlsServer;
let folder: string;
let config: string;

beforeAll(async () => {
  const pki: Pki = makePki();
  server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  folder = mkdtempSync(join(tmpdir(), 'configured-'));
  config = join(folder, 'infra-check.yaml');
  writeFileSync(join(folder, 'ca.pem'), pki.root.cert);
  writeFileSync(
    config,
    `timeout: 7s
modules:
  shop: { connect: '${server.at}', ca_file: ca.pem, skip: [dns], warn: 100% }
  stranger: { connect: '${server.at}', skip: [dns] }
targets: [{ target: 'https://${NAME}/till', module: shop }]
`,
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--conditions=source', BIN, ...args], (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const reportOf = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;

test('the command checks as the exporter does: module of the target, its files beside the configuration', async () => {
  const ended = await run(`https://${NAME}/till`, '--config', config, '--format', 'json');
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 1, stderr: '' });
  const { path_status: path, first_risk: risk, observations } = reportOf(ended);
  expect({ path, risk, asked: observations.gateways?.[0]?.get?.path }).toEqual({
    path: 'ok',
    risk: 'certificate.expiry',
    asked: '/till',
  });
});

test('a module that is named goes before that of the target, and an option before the module', async () => {
  const target = `https://${NAME}/till`;
  const stranger = await run(target, '--config', config, '--module', 'stranger', '--format', 'json');
  expect(reportOf(stranger).first_broken).toBe('certificate.trust');
  const option = await run(target, '--config', config, '--warn', '1', '--critical', '0', '--format', 'json');
  expect(reportOf(option).status).toBe('ok');
});

test('a module without a configuration, one that is not there, and a file that is not there are one sentence and 3', async () => {
  const alone = await run(NAME, '--module', 'shop');
  expect(alone).toEqual({
    status: 3,
    stdout: '',
    stderr: 'infra-check: The option --module needs --config.\n  Name the configuration of the exporter.\n',
  });
  const missing = await run(NAME, '--config', config, '--module', 'shops');
  expect(missing).toEqual({
    status: 3,
    stdout: '',
    stderr: `infra-check: The module "shops" is not in ${config}.\n  There are: default, shop, stranger.\n`,
  });
  const gone = await run(NAME, '--config', join(folder, 'gone.yaml'));
  expect(gone).toMatchObject({ status: 3, stderr: expect.stringContaining('cannot be read (ENOENT)') });
});
