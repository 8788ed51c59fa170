/**
 * Records what tills write to their disk, and cuts the power at any point of it: each folder that may be left must hold every
 * sale that was acknowledged. `pnpm test:power --states 5000 --seed 1`. Needs strace. Exits with 1 where something was lost, and
 * where a control, which must lose sales, lost none.
 */
import { parseArgs } from 'node:util';
import { refuse, wholeNumber } from '../support/call.ts';
import { type Control, type PowerSummary, powerTest } from './power-test.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

const names = Object.keys(SCENARIOS) as ScenarioName[];
const CONTROLS: readonly Control[] = ['synchronous=NORMAL', 'folders are not synced'];
const CONTROL_STATES = 40;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    states: { type: 'string', default: '800' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string', multiple: true, default: names },
  },
});
const seed = wholeNumber(values, 'seed');
const scenarios = values.scenario.map(known);
const states = Math.ceil(wholeNumber(values, 'states') / scenarios.length);

let all = 0;
let wrong = 0;
row('scenario', 'calls', 'sales', 'states', 'wrong', 'seconds');
for await (const summary of powerTest({ scenarios, states, seed })) {
  show(summary.scenario, summary);
  all += summary.states;
  wrong += summary.wrong;
  for (const problem of summary.problems) print(`  ${problem}`);
}
let blind = 0;
for (const control of CONTROLS) {
  for await (const summary of powerTest({
    scenarios: ['a new outbox'],
    states: CONTROL_STATES,
    seed,
    control,
  })) {
    show(`control: ${control}`, summary);
    if (summary.wrong === 0) blind += 1;
  }
}
if (blind > 0) print('A control lost no sale: this program would not see it.');
print(
  `${all} states after a power cut, ${wrong} of them wrong${wrong === 0 ? ': no acknowledged sale is lost' : ''}`,
);
if (wrong > 0 || blind > 0) process.exitCode = 1;

function show(
  name: string,
  { calls, acknowledged, states: count, wrong: bad, seconds, refused }: PowerSummary,
) {
  row(name, calls, acknowledged, count, bad, seconds);
  for (const [code, times] of Object.entries(refused)) print(`  ${times} refused: ${code}`);
}

function row(name: string, ...columns: readonly (number | string)[]): void {
  print(name.padEnd(34) + columns.map((column) => String(column).padStart(9)).join(''));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function known(name: string): ScenarioName {
  const scenario = names.find((one) => one === name);
  return scenario ?? refuse(`--scenario must be one of: ${names.join(', ')}; not ${name}.`);
}
