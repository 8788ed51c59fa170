/** Run by `agreement.ts` in a namespace whose name server is the sandbox's: cases on standard input, results on standard output, one JSON object a line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkInfra, render } from '@amis-shop/infra-check';
import { startSandbox } from '@amis-shop/sandbox';
import { type Ended, runToEnd } from '../test/programs.ts';
import { printedExpectations } from '../test/road-support.ts';
import type { Case, Result } from './cases.ts';

/** Longer than the fault `delay` and two questions of the system's resolver, to which nobody answers. */
const TIMEOUT_S = 4;
const SLOW_MS = 500;
const SALE = JSON.stringify({ sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] });

const [, , shopSend = ''] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'amis-agreement-'));
const ca = join(folder, 'ca.pem');
const sale = join(folder, 'sale.json');
const sandbox = await startSandbox({ dns: { port: 53 }, slowMs: SLOW_MS });
writeFileSync(ca, sandbox.ca);
writeFileSync(sale, SALE);

for await (const line of createInterface(process.stdin)) {
  const result = await meet(JSON.parse(line) as Case);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await sandbox.close();
rmSync(folder, { recursive: true });

/** A till and a monitor, of which neither knows of the other, meet the same faults. */
async function meet(one: Case): Promise<Result> {
  sandbox.setFaults(one.fault ?? '');
  await sandbox.break(one.breaks);
  const { resolvers: _, dnsPort: __, ...expected } = printedExpectations(sandbox);
  const [report, till] = await Promise.all([
    checkInfra(sandbox.url, { ...expected, timeoutMs: TIMEOUT_S * 1_000 }),
    sendOne(),
  ]);
  const [headline = ''] = render(report, 'text').split('\n');
  return { ...one, exitCode: till.exitCode, said: till.stderr.trim(), path: report.path_status, headline };
}

function sendOne(): Promise<Ended> {
  return runToEnd('env', [
    `AWS_ENDPOINT_URL_KMS=${sandbox.kmsEndpoint}`,
    `AWS_REGION=${sandbox.region}`,
    'AWS_ACCESS_KEY_ID=sandbox',
    'AWS_SECRET_ACCESS_KEY=sandbox',
    `XDG_CACHE_HOME=${mkdtempSync(join(folder, 'cache-'))}`,
    process.execPath,
    shopSend,
    ...['AMIS1', sandbox.url, '--file', sale, '--ca', ca],
    ...['--attempts', '1', '--timeout', String(TIMEOUT_S)],
  ]);
}
