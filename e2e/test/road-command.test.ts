import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '@amis-shop/infra-check';
import type { Break } from '@amis-shop/sandbox';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildCommand, type Ended, runToEnd, startProgram } from './programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'amis-e2e-'));
let infraCheck: string;
let shopSandbox: string;

beforeAll(async () => {
  [infraCheck, shopSandbox] = await Promise.all([
    buildCommand('infra-check', folder),
    buildCommand('sandbox', folder),
  ]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts the sandbox's command. @returns what it printed */
async function openSandbox(args: readonly string[], isLast: RegExp): Promise<string> {
  const command = [process.execPath, shopSandbox, '--port', '0', '--kms-port', '0', ...args] as const;
  const started = await startProgram(command, isLast);
  onTestFinished(() => started.stop());
  return started.printed;
}

/** One run in each of three formats, with the arguments that the sandbox prints. */
async function walk(faults: readonly Break[]): Promise<Record<'text' | 'json' | 'nagios', Ended>> {
  const broken = faults.length > 0 ? ['--break', faults.join()] : [];
  const { infra_check: args } = JSON.parse(await openSandbox([...broken, '--json'], /^\{/)) as {
    infra_check: string[];
  };
  const run = (format: string) => runToEnd(process.execPath, [infraCheck, ...args, '--format', format]);
  return { text: await run('text'), json: await run('json'), nagios: await run('nagios') };
}

test.each<
  [fault: Break | 'nothing', exitCode: number, status: string, broken: string | null, nagios: string]
>([
  ['nothing', 0, 'ok', null, 'OK'],
  ['dns-lame', 1, 'warning', null, 'WARNING'],
  ['certificate-expired', 2, 'critical', 'certificate.expiry', 'CRITICAL'],
  ['dns-refused', 3, 'unknown', 'dns.resolve', 'UNKNOWN'],
])(
  'with %s broken, the built command ends with %i in every format',
  async (fault, exitCode, status, broken, nagios) => {
    const runs = await walk(fault === 'nothing' ? [] : [fault]);
    for (const ended of Object.values(runs)) expect(ended).toMatchObject({ exitCode, stderr: '' });
    const report = JSON.parse(runs.json.stdout) as Report;
    expect(report).toMatchObject({ status, first_broken: broken });
    const [line = ''] = runs.nagios.stdout.split('\n');
    expect(line).toMatch(new RegExp(`^PATH ${nagios} - .* \\| .*critical=\\d+`));
    if (broken !== null) {
      expect(line).toContain(broken);
      expect(runs.text.stdout).toContain(broken);
    }
  },
);

test('the line that the sandbox prints for people walks its road as it stands', async () => {
  const printed = await openSandbox(['--break', 'gateway-unmapped'], /Ctrl-C/);
  const line = /^# Its road: infra-check (.*)$/m.exec(printed)?.[1];
  const shell = `'${process.execPath}' '${infraCheck}' ${line}`;
  expect(await runToEnd('/bin/sh', ['-c', shell])).toMatchObject({
    exitCode: 2,
    stdout: expect.stringContaining('broken at gateway.mapping'),
  });
});

test('a Node of each distribution can read the built command as far as the sentence that it is too old', () => {
  const program = readFileSync(infraCheck, 'utf8');
  expect(program).toContain('needs Node 22.13 or later');
  expect(program).not.toMatch(/\?\?|\?\.|\bawait\b|^\s*(?:import|export) |import\.meta/m);
});
