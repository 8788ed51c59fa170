import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Break, startSandbox } from '../src/index.ts';
import { dig, hasDig } from './support/dig.ts';
import { askUdp } from './support/dns.ts';
import { rsaKey } from './support/keys.ts';
import type { OpenSandbox } from './support/road.ts';

const hasUnbound = hasDig && spawnSync('unbound', ['-V']).error === undefined;

let sandbox: OpenSandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ dns: true, keys: { AMIS1: rsaKey } });
});

afterAll(() => sandbox.close());

/** A recursive resolver with an empty cache that asks our name servers. @returns its address */
async function openUnbound(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-unbound-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const server = await startUnbound(join(dir, 'unbound.conf'), await freePort());
    if (server !== undefined) return server;
  }
  throw new Error('unbound ended five times before it answered');
}

/** @returns its address once it answers, `undefined` where it ends: somebody else was faster to take the port */
async function startUnbound(config: string, port: number): Promise<string | undefined> {
  writeFileSync(config, configuration(port, ZONES));
  const unbound = spawn('unbound', ['-d', '-c', config], { stdio: 'ignore' });
  const gone = once(unbound, 'close');
  onTestFinished(async () => {
    unbound.kill();
    await gone;
  });
  const server = `127.0.0.1:${port}`;
  while (unbound.exitCode === null) {
    const answered = await askUdp(server, 'localhost', 'A', 250).then(
      ({ answers }) => answers?.length === 1,
      () => false,
    );
    if (answered) return server;
  }
  return undefined;
}

const ZONES = ['shop.test', 'execute-api.eu-west-1.amazonaws.com', 'acm-validations.aws'];

const configuration = (port: number, zones: readonly string[]): string =>
  [
    'server:',
    `interface: 127.0.0.1@${port}`,
    ...['chroot', 'username', 'pidfile', 'logfile'].map((name) => `${name}: ""`),
    ...['use-syslog: no', 'do-not-query-localhost: no', 'module-config: "iterator"'],
    'local-zone: "test." nodefault',
    ...zones.flatMap((zone) => ['stub-zone:', `name: ${zone}`, ...addresses()]),
    ...['remote-control:', 'control-enable: no', ''],
  ].join('\n');

const addresses = (): string[] =>
  sandbox.dns.servers.map((server) => `stub-addr: ${server.replace(':', '@')}`);

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const A = expect.stringMatching(/^api\.shop\.test\. \d+ A 127\.0\.0\.[123]$/);
const CNAME = expect.stringMatching(/^api\.shop\.test\. \d+ CNAME /);

describe.skipIf(!hasUnbound)(
  'unbound, a resolver, finds (skipped without it: apt-get install unbound bind9-dnsutils)',
  () => {
    test.each<[Break | undefined, string, unknown[]]>([
      [undefined, 'NOERROR', [A, A]],
      ['dns-nxdomain', 'NXDOMAIN', []],
      ['dns-servfail', 'SERVFAIL', []],
      ['dns-refused', 'SERVFAIL', []],
      ['dns-lame', 'NOERROR', [A, A]],
      ['dns-stage-url', 'NOERROR', [CNAME, expect.any(String), expect.any(String)]],
      ['dns-dangling', 'NXDOMAIN', [CNAME]],
      ['dns-cname-loop', 'SERVFAIL', []],
      ['dns-truncated', 'NOERROR', [A, A]],
    ])('with the fault %s: %s', async (fault, status, answer) => {
      await sandbox.break(fault === undefined ? [] : [fault]);
      expect(await dig(await openUnbound(), 'api.shop.test', 'A')).toMatchObject({ status, answer });
    });

    test('what the certificate is validated by', async () => {
      await sandbox.break([]);
      const { name, target } = sandbox.dns.validation;
      const { answer } = await dig(await openUnbound(), name, 'TXT');
      expect(answer).toEqual([
        expect.stringMatching(new RegExp(`^${name}. \\d+ CNAME ${target}.$`)),
        expect.stringMatching(new RegExp(`^${target}. \\d+ TXT "[0-9a-f]{64}"$`)),
      ]);
    });
  },
);
