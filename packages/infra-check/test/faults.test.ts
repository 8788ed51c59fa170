import { spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { planOf } from '../src/core/plan.ts';
import { verdictsOf } from '../src/core/report.ts';
import { parseTarget } from '../src/core/target.ts';
import { checkInfra } from '../src/index.ts';
import { judgeRoad } from '../src/stages.ts';

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

describe('a resolver to which there is no way is a finding, with an exit code of 3 at worst:', () => {
  test.each([
    '255.255.255.255',
    '[fe80::1]',
    'fe80::1',
    '[fe80::1%lo]',
    'fe80::1%no-such',
    '[::ffff:255.255.255.255]:53',
  ])('%s', async (resolver) => {
    const report = await checkInfra('api.shop.test', {
      resolvers: [resolver],
      only: ['dns'],
      timeoutMs: 2_000,
    });
    expect(report).toMatchObject({ path_status: 'unknown', first_broken: 'dns.resolve' });
  });
});

test('a defect of ours in one stage makes that stage unknown, and leaves the others as they were seen', async () => {
  const target = parseTarget('api.shop.test');
  const nothing = Promise.resolve(undefined);
  const sight = {
    connections: nothing,
    tls_versions: nothing,
    gateways: nothing,
    key_types: nothing,
    control_plane: nothing,
  };
  const findings = await judgeRoad(
    { target, plan: planOf(target, {}), roots: [], now: Date.now() },
    { ...sight, dns: Promise.reject(new TypeError('x is not a function')) },
    Promise.resolve({}),
  );
  const dns = findings.filter(({ stage }) => stage === 'dns');
  expect(new Set(dns.map(({ status }) => status))).toEqual(new Set(['unknown']));
  expect(dns[0]?.summary).toBe(
    'infra-check itself failed here (TypeError: x is not a function): nothing is known of this stage.',
  );
  expect(findings.filter(({ stage }) => stage === 'gateway').map(({ summary }) => summary)).not.toContain(
    dns[0]?.summary,
  );
  expect(verdictsOf(findings)).toMatchObject({ path_status: 'unknown', first_broken: 'dns.resolve' });
});

test.each(['throw new RangeError("made up")', 'Promise.reject(new RangeError("made up"))'])(
  'a defect of ours in a callback of Node ends no run: %s',
  async (fault) => {
    await using silent = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const preload = `data:text/javascript,setTimeout(() => { ${fault} }, 700)`;
    const args = ['--conditions=source', '--import', preload, BIN, 'api.shop.test', '--format', 'nagios'];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...args, '--resolver', `127.0.0.1:${silent.address().port}`, '--timeout', '6'],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('infra-check: Internal error (RangeError: made up).');
    expect(stdout).toMatch(/^PATH UNKNOWN - /);
    expect(status).toBe(3);
  },
);
