import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { BIN, startExporterBy, textOf } from './exporter.ts';
import { because, path, read, run, without } from './support.ts';
import { startWorld, type World } from './world.ts';

let world: World;
let tools: string;

/** A folder with `infra-check` in it, as the sandbox's gateway needs it: connected there, with its authority. */
beforeAll(async () => {
  world = await startWorld();
  tools = mkdtempSync(join(tmpdir(), 'tools-'));
  const program = join(tools, 'infra-check');
  const world_ = `--connect ${world.gateway} --ca ${world.caFile} --skip dns`;
  writeFileSync(
    program,
    `#!/bin/sh\nexec ${process.execPath} --conditions=source ${BIN} "$@" ${world_} $MORE\n`,
  );
  chmodSync(program, 0o755);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(tools, { recursive: true });
});

const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${tools}:${process.env['PATH']}`,
  ...more,
});

/** A road that leads to the gateway under a name that its certificate does not have. */
const STRANGER = 'stranger.test';

test('the configuration of the exporter is a good one', async () => {
  const { status, stdout } = await run(process.execPath, [
    '--conditions=source',
    BIN,
    'serve',
    '--config',
    path('infra-check.yaml'),
    '--check-config',
  ]);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `${path('infra-check.yaml')} is good: 1 targets, 3 modules.\n`,
  });
});

test('the command of Icinga has only options that infra-check knows', async () => {
  const options = [...read('nagios/icinga2.conf').matchAll(/"(--[a-z-]+)"/g)].map(([, name = '']) => name);
  const { stdout: help } = await run('infra-check', ['--help'], { env: env() });
  expect(options.length).toBeGreaterThan(5);
  for (const option of options) expect(help).toContain(`${option} `);
});

describe('GitHub Actions', () => {
  interface Step {
    name?: string;
    uses?: string;
    run?: string;
    env?: Record<string, unknown>;
    if?: string;
  }
  const workflow = parse(read('github/after-deployment.yml')) as { jobs: { road: { steps: Step[] } } };
  const step = workflow.jobs.road.steps.find(({ name }) => name === 'The road is open');

  const runStep = (shop: string, more = '') =>
    run('bash', ['-e', '-o', 'pipefail', '-c', step?.run ?? 'exit 99'], {
      cwd: tools,
      env: env({ ATTEMPTS: '2', PAUSE: '0', SHOP: shop, MORE: more }),
    });

  test('what it takes from others is pinned: actions by commit, programs by exact version', () => {
    for (const { uses } of workflow.jobs.road.steps)
      expect(uses ?? 'none').toMatch(/^(none|[\w-]+\/[\w-]+@[0-9a-f]{40})$/);
    const text = read('github/after-deployment.yml');
    expect(/node-version: (\S+)/.exec(text)?.[1]).toMatch(/^\d+\.\d+\.\d+$/);
    const { version } = JSON.parse(read('../../packages/infra-check/package.json')) as { version: string };
    expect(text).toContain(`npm install --global @amis-shop/infra-check@${version}\n`);
  });

  test('a critical risk is a warning of the run, and fails no deployment', async () => {
    const { status, stdout } = await runStep(world.open, '--critical 100%');
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`::warning::${world.open} has a critical risk: certificate.expiry`),
    });
  });

  test('the step passes where the road is open, and leaves a report', async () => {
    expect(Object.keys(step?.env ?? {})).toEqual(['ATTEMPTS', 'PAUSE']);
    const { status, stdout } = await runStep(world.open);
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining(world.open) });
    expect(readFileSync(join(tools, 'road.xml'), 'utf8')).toMatch(/^<\?xml[\s\S]*<testsuite/);
  });

  test('the step fails where the road is broken, says where, and leaves a report too', async () => {
    const { status, stdout } = await runStep(STRANGER);
    expect({ status, stdout }).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('certificate.name'),
    });
    expect(readFileSync(join(tools, 'road.xml'), 'utf8')).toContain('<failure');
  });
});

const noSystemd = without('systemd-analyze', 'systemd');

describe.skipIf(noSystemd)(`systemd${because(noSystemd)}`, () => {
  test.each(['infra-check-exporter.service', 'infra-check@.service', 'infra-check@.timer'])(
    '%s is in order',
    async (name) => {
      const folder = mkdtempSync(join(tools, 'units-'));
      for (const unit of ['infra-check-exporter.service', 'infra-check@.service', 'infra-check@.timer'])
        writeFileSync(
          join(folder, unit),
          read(`systemd/${unit}`).replaceAll('/usr/bin/infra-check', join(tools, 'infra-check')),
        );
      const unit = join(folder, name.replace('@.', '@api.retsema.eu.'));
      if (name.includes('@')) writeFileSync(unit, readFileSync(join(folder, name)));
      const { status, stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
      const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('infra-check'));
      expect({ status, ours }).toEqual({ status: 0, ours: [] });
    },
  );

  test.each(['infra-check-exporter.service', 'infra-check@.service'])(
    '%s may do little: systemd calls its exposure 2.0 at most',
    async (name) => {
      const unit = join(mkdtempSync(join(tools, 'units-')), name.replace('@.', '@api.retsema.eu.'));
      writeFileSync(unit, read(`systemd/${name}`));
      const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', unit]);
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      expect(Number(exposure)).toBeLessThanOrEqual(2);
    },
  );

  test('the check by the timer is as confined as the exporter', () => {
    const limits = (name: string) =>
      read(`systemd/${name}`)
        .split('\n')
        .filter((line) =>
          /^(Protect|Private|Restrict|SystemCall|Capability|NoNew|Lock|UMask|Memory|Dynamic)/.test(line),
        )
        .sort();
    expect(limits('infra-check@.service')).toEqual(limits('infra-check-exporter.service'));
    expect(limits('infra-check@.service').length).toBeGreaterThan(20);
  });

  test('the exporter keeps its history where systemd lets it write, and the command of its unit reads it again', async () => {
    const unit = read('systemd/infra-check-exporter.service');
    expect(unit).toMatch(/^StateDirectory=infra-check$/m);
    const folder = mkdtempSync(join(tools, 'state-'));
    const [, command = ''] = /^ExecStart=\S+ (.+)$/m.exec(unit) ?? [];
    const words = command
      .replace('/etc/infra-check/infra-check.yaml', world.config)
      .replace('127.0.0.1:9779', '127.0.0.1:0')
      .replaceAll('$' + '{STATE_DIRECTORY}', folder)
      .split(' ');
    const history = async () => {
      const { child, url } = await startExporterBy(words);
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await textOf(`${url}/probe?module=shop&target=${world.open}`);
      const page = await textOf(url);
      child.kill('SIGTERM');
      await ended;
      return page;
    };
    expect(await history()).toContain('Path: 1 ok.');
    expect(await history()).toContain('Path: 2 ok.');
  });

  test('the calendar of the timer is one', async () => {
    const [, calendar = ''] = /OnCalendar=(.+)/.exec(read('systemd/infra-check@.timer')) ?? [];
    expect((await run('systemd-analyze', ['calendar', calendar])).status).toBe(0);
  });
});
