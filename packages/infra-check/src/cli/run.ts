import { checkInfra } from '../check.ts';
import type { Expectations } from '../core/expectations.ts';
import { FORMATS, render } from '../render/index.ts';
import { type Invocation, parseArguments } from './arguments.ts';
import type { CommandName } from './commands.ts';
import { completionScript, SHELLS } from './completion.ts';
import { EXIT } from './exit-codes.ts';
import { readCa, replaceFile } from './files.ts';
import type { Values } from './options.ts';
import type { Result } from './result.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

type Run = (invocation: Invocation, world: World) => Promise<Result>;

const dnsRecords: Run = async (invocation, world) =>
  (await import('./dns-records.ts')).dnsRecords(invocation, world);

const RUN: Readonly<Record<CommandName, Run>> = { check, 'dns-records': dnsRecords, serve, completion };

/** @throws {UsageError | CheckInputError} for what is wrong with the call */
export function run(argv: readonly string[], world: World): Promise<Result> {
  const invocation = parseArguments(argv);
  return RUN[invocation.command.name](invocation, world);
}

async function check({ positional, values }: Invocation, world: World): Promise<Result> {
  if (positional === undefined) {
    throw new UsageError(
      'No name and no URL is given.',
      'Write it first, such as: infra-check api.retsema.eu.',
    );
  }
  const { target, expectations } = await wantedCheck(positional, values, world);
  const report = await checkInfra(target, expectations, { signal: world.signal });
  const { output, verbose = false } = values;
  const format = FORMATS.find((one) => one === values.format) ?? 'text';
  const colour = output === undefined && hasColours(values, world);
  const text = render(report, format, { colour, verbose });
  const exitCode = EXIT[report.status];
  if (output === undefined) return { text, exitCode };
  await replaceFile(output, text);
  return { text: '', exitCode };
}

/** What the options say goes before what the configuration says. */
async function wantedCheck(given: string, values: Values, { signal }: World) {
  const { ca: caFile, config, module } = values;
  const ca = caFile === undefined ? undefined : await readCa(caFile, signal);
  const wanted = { ...expectationsOf(values), ca };
  if (config === undefined && module === undefined) return { target: given, expectations: wanted };
  if (config === undefined)
    throw new UsageError('The option --module needs --config.', 'Name the configuration of the exporter.');
  const { configuredCheck } = await import('../serve/configured-check.ts');
  const { target, expectations } = await configuredCheck(given, { config, module }, signal);
  const said = Object.entries(wanted).filter(([, value]) => value !== undefined);
  return { target, expectations: { ...expectations, ...Object.fromEntries(said) } };
}

const hasColours = (values: Values, { env, stdout }: World): boolean =>
  stdout.isTTY === true && !values['no-color'] && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

const seconds = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.max(1, Math.round(value * 1000));

/** All but the authorities, which stand in a file. */
function expectationsOf(values: Values): Expectations {
  return {
    path: values.path,
    aliasTarget: values['alias-target'],
    expectIp: values['expect-ip'],
    resolvers: values.resolver,
    authoritative: values.authoritative,
    dnsPort: values['dns-port'],
    validation: values.validation,
    allowPrivate: values['allow-private'],
    expectIssuer: values['expect-issuer'],
    warn: values.warn,
    critical: values.critical,
    minTls: values['min-tls'],
    keyTypes: values['key-types'],
    ipVersion: values['ip-version'],
    connect: values.connect,
    options: values.options,
    postProbe: values['post-probe'],
    maxLatencyMs: seconds(values['max-latency']),
    aws: values.aws,
    api: values.api,
    stage: values.stage,
    shops: values.shop,
    keyPrefix: values['key-prefix'],
    only: values.only,
    skip: values.skip,
    timeoutMs: seconds(values.timeout),
  };
}

async function serve(
  { values }: Invocation,
  { stderr, signal, onHangUp = () => undefined }: World,
): Promise<Result> {
  const { config, listen, 'check-config': checkConfig = false } = values;
  const { 'state-file': stateFile, 'web.config.file': webConfigFile } = values;
  const { serve: served } = await import('../serve/command.ts');
  const text = await served(
    { config, listen, webConfigFile, stateFile, checkConfig },
    { check: checkInfra, stderr: { write: (line) => stderr.write(line, () => undefined) }, signal, onHangUp },
  );
  return { text, exitCode: EXIT.ok };
}

function completion({ positional }: Invocation): Promise<Result> {
  const shell = SHELLS.find((one) => one === positional);
  if (!shell) throw new UsageError('The shell is not known.', `Write one of ${SHELLS.join(', ')}.`);
  return Promise.resolve({ text: completionScript(shell), exitCode: EXIT.ok });
}
