import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BIN } from './exporter.ts';
import { because, read, run, without } from './support.ts';
import { startWorld, type World } from './world.ts';

const noNagios = without('nagios4', 'nagios4-core');
const noIcinga = without('icinga2', 'icinga2-bin');

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** What the example builds upon in any Nagios. */
const AROUND = `define timeperiod {
  timeperiod_name always
  alias           always
${DAYS.map((day) => `  ${day} 00:00-24:00`).join('\n')}
}
define command {
  command_name nothing
  command_line /bin/true
}
define contact {
  contact_name                  nobody
  host_notification_commands    nothing
  service_notification_commands nothing
  host_notification_period      always
  service_notification_period   always
}
define host {
  host_name          localhost
  max_check_attempts 1
  check_command      nothing
  contacts           nobody
}
define service {
  name               generic-service
  register           0
  check_period        always
  notification_period always
  max_check_attempts 1
  retry_interval     1
  contacts           nobody
}
`;

const service = (name: string, command: string): string => `define service {
  use                 generic-service
  host_name           localhost
  service_description ${name}
  check_command       ${command}
  check_interval      5
}
`;

/** The example with a program that leads to the sandbox, and services for what is to be seen. */
function nagiosFolder(world: World): string {
  const folder = mkdtempSync(join(world.folder, 'nagios-'));
  const program = join(folder, 'infra-check');
  const options = `--connect ${world.gateway} --ca ${world.caFile} --skip dns`;
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} --conditions=source ${BIN} "$@" ${options}\n`);
  chmodSync(program, 0o755);
  mkdirSync(join(folder, 'results'));
  writeFileSync(
    join(folder, 'objects.cfg'),
    [
      AROUND,
      read('nagios/infra-check.cfg')
        .replaceAll('/usr/bin/infra-check', program)
        .replaceAll('/etc/infra-check/infra-check.yaml', world.config)
        .replaceAll('api.retsema.eu', world.open)
        .replace('check_interval       60', 'check_interval       5'),
      service('stranger', 'check_road!stranger.test!both'),
      service('alias', `check_road_alias!${world.open}!d-x.execute-api.eu-west-1.amazonaws.com!both`),
      service('module', `check_road_module!${world.open}!shop!both`),
      service('no module', `check_road_module!${world.open}!none!both`),
    ].join('\n'),
  );
  const { username } = userInfo();
  const files = ['log_file', 'object_cache_file', 'status_file', 'lock_file', 'temp_file', 'query_socket'];
  writeFileSync(
    join(folder, 'nagios.cfg'),
    [
      `cfg_file=${join(folder, 'objects.cfg')}`,
      ...files.map((name) => `${name}=${join(folder, name)}`),
      `temp_path=${folder}`,
      `check_result_path=${join(folder, 'results')}`,
      `nagios_user=${username}`,
      `nagios_group=${username}`,
      'illegal_macro_output_chars=`~$&|\'"<>',
      'enable_notifications=0',
      'check_external_commands=0',
      'use_syslog=0',
      'interval_length=1',
      'status_update_interval=1',
      'check_result_reaper_frequency=1',
      'max_service_check_spread=1',
      'event_broker_options=0',
      '',
    ].join('\n'),
  );
  return folder;
}

/** What Nagios knows of each service by now. */
function servicesIn(folder: string): Map<string, Record<string, string>> {
  const file = join(folder, 'status_file');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const blocks = [...text.matchAll(/^servicestatus \{\n([\s\S]*?)\n\t\}/gm)].map(([, lines = '']) =>
    Object.fromEntries([...lines.matchAll(/^\t([a-z_]+)=(.*)$/gm)].map(([, key, value]) => [key, value])),
  );
  return new Map(blocks.map((one) => [one['service_description'] ?? '', one]));
}

/** Ends with the test. */
function startNagios(config: string): void {
  const nagios = spawn('nagios4', [config], { stdio: 'ignore' });
  const ended = new Promise((resolve) => nagios.once('exit', resolve));
  // Its workers end with it only where it may say so.
  onTestFinished(async () => {
    nagios.kill('SIGTERM');
    await ended;
  });
}

test.skipIf(noNagios)(
  `a real Nagios sees an outage behind a certificate that ends soon: the path becomes critical, and the risk stays so${because(noNagios)}`,
  async () => {
    const world = await startWorld();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const folder = nagiosFolder(world);
    startNagios(join(folder, 'nagios.cfg'));
    const seen = (name: string) => {
      const { current_state: state, plugin_output: output = '' } = servicesIn(folder).get(name) ?? {};
      return `${state} ${output}`;
    };
    const path = () => seen('Road to the shop');
    const risk = () => seen('Risks for the road to the shop');
    const patience = { timeout: 60_000, interval: 250 };
    await expect.poll(path, patience).toMatch(/^0 PATH OK - /);
    await expect.poll(risk, patience).toMatch(/^0 RISK OK - No risk for the path /);

    await world.break(['certificate-soon']);
    await expect.poll(risk, patience).toMatch(/^2 RISK CRITICAL - .* at certificate\.expiry: /);
    await expect.poll(path, patience).toMatch(/^0 PATH OK - .* with a critical risk at certificate\.expiry/);

    await world.break(['certificate-soon', 'gateway-unmapped']);
    await expect.poll(path, patience).toMatch(/^2 PATH CRITICAL - .* is broken at gateway\.mapping: /);
    expect(risk()).toMatch(/^2 RISK CRITICAL - .* at certificate\.expiry: /);
  },
  180_000,
);

test.skipIf(noNagios)(
  `a real Nagios takes the commands, and reads state, sentence and performance data from them${because(noNagios)}`,
  async () => {
    const world = await startWorld();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const folder = nagiosFolder(world);
    const config = join(folder, 'nagios.cfg');
    const { stdout } = await run('nagios4', ['-v', config]);
    const complaints = stdout.split('\n').filter((line) => /^(Warning|Error):/.test(line));
    expect({ stdout, complaints }).toMatchObject({ complaints: [] });
    startNagios(config);
    const checked = () =>
      [...servicesIn(folder).values()].filter((one) => one['has_been_checked'] === '1').length;
    await expect.poll(checked, { timeout: 60_000, interval: 250 }).toBe(6);
    const services = servicesIn(folder);
    const seen = (name: string) => {
      const {
        current_state: state,
        plugin_output: output,
        performance_data: data,
      } = services.get(name) ?? {};
      return { state, output, data };
    };
    const PERFDATA = expect.stringMatching(/^time=[\d.]+s.* certificate_days=[\d.]+.* critical=\d/);
    const open = expect.stringMatching(/^PATH OK - The path to \S+ is open/);
    expect(seen('Road to the shop')).toEqual({ state: '0', output: open, data: PERFDATA });
    expect(seen('alias')).toEqual({ state: '0', output: open, data: PERFDATA });
    expect(seen('module')).toEqual({ state: '0', output: open, data: PERFDATA });
    expect(seen('stranger')).toEqual({
      state: '2',
      output: expect.stringMatching(/^PATH CRITICAL - .* is broken at certificate\.name/),
      data: PERFDATA,
    });
    expect(services.get('stranger')?.['long_plugin_output']).toContain('certificate.name');
    expect(seen('no module')).toMatchObject({
      state: '3',
      output: expect.stringContaining('PATH UNKNOWN - The module "none" is not in '),
    });
  },
  90_000,
);

test.skipIf(noIcinga)(`Icinga 2 takes its command and both services${because(noIcinga)}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'icinga-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // As root it goes on as a user of its own.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'example.conf'), read('nagios/icinga2.conf'));
  writeFileSync(
    join(folder, 'icinga2.conf'),
    `include <itl>
object Host "shop" {
  check_command = "dummy"
  vars.road_target = "api.retsema.eu"
}
include "${join(folder, 'example.conf')}"
`,
  );
  const { status, stdout } = await run('icinga2', ['daemon', '-C', '-c', join(folder, 'icinga2.conf')]);
  const made = [...stdout.matchAll(/Instantiated (\d+ (?:Service|Dependenc)\w*)\./g)].map(([, what]) => what);
  expect({ status, made: made.sort() }, stdout).toEqual({ status: 0, made: ['1 Dependency', '2 Services'] });
});
