import { checkInfra } from '../check.ts';
import { unusedProxy } from '../core/proxy.ts';
import { worstOf } from '../core/status.ts';
import { parseTarget } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { verdictOf } from '../core/verdict.ts';
import { FORMATS, renderAll } from '../render/index.ts';
import { type Invocation, parseArguments } from './arguments.ts';
import { atMost } from './at-most.ts';
import type { CommandName } from './commands.ts';
import { completionScript, SHELLS } from './completion.ts';
import { EXIT } from './exit-codes.ts';
import { delivered, isStandardOutput } from './files.ts';
import type { Values } from './options.ts';
import type { Result } from './result.ts';
import { UsageError } from './usage-error.ts';
import { wantedChecks } from './wanted-checks.ts';
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

async function check({ positionals, values }: Invocation, world: World): Promise<Result> {
  const wanted = await wantedChecks([...(values.hostname ?? []), ...positionals], values, world);
  const { signal } = world;
  const proxy = unusedProxy(
    wanted.flatMap(({ target, expectations }) =>
      expectations.proxy === undefined ? [parseTarget(target)] : [],
    ),
    world.env,
  );
  if (proxy !== undefined) world.stderr.write(`infra-check: ${printable(proxy, 500)}\n`, () => undefined);
  const reports = await atMost(MOST_AT_ONCE, wanted, ({ target, expectations }) =>
    checkInfra(target, expectations, { signal, env: world.env }),
  );
  const { output, verbose = false, verdict = 'both' } = values;
  const format = FORMATS.find((one) => one === values.format) ?? 'text';
  const modules = new Map(reports.map((report, i) => [report, wanted[i]?.module]));
  const text = renderAll(reports, format, {
    colour: isStandardOutput(output) && hasColours(values, world),
    verbose,
    verdict,
    labels: (report) => labelsOf(report.target, modules.get(report)),
  });
  return delivered(output, text, EXIT[worstOf(reports.map((one) => verdictOf(one, verdict)))]);
}

/** Each is a handful of sockets and two or three look-ups, for which there are threads enough. */
const MOST_AT_ONCE = 8;

const labelsOf = (target: string, module: string | undefined): Record<string, string> =>
  module === undefined ? { target } : { target, module };

const hasColours = (values: Values, { env, stdout }: World): boolean =>
  stdout.isTTY === true && !values['no-color'] && !env['NO_COLOR'] && env['TERM'] !== 'dumb';

async function serve(
  { values }: Invocation,
  { env, stderr, signal, onHangUp = () => undefined }: World,
): Promise<Result> {
  const { config, listen, 'check-config': checkConfig = false } = values;
  const { 'state-file': stateFile, 'web.config.file': webConfigFile } = values;
  const { serve: served } = await import('../serve/command.ts');
  const text = await served(
    { config, listen, webConfigFile, stateFile, checkConfig },
    {
      check: checkInfra,
      env,
      stderr: { write: (line) => stderr.write(line, () => undefined) },
      signal,
      onHangUp,
    },
  );
  return { text, exitCode: EXIT.ok };
}

function completion({ positionals: [positional] }: Invocation): Promise<Result> {
  const shell = SHELLS.find((one) => one === positional);
  if (!shell) throw new UsageError('The shell is not known.', `Write one of ${SHELLS.join(', ')}.`);
  return Promise.resolve({ text: completionScript(shell), exitCode: EXIT.ok });
}
