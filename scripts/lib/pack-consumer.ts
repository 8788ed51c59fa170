/** What a user of the published packages writes, to be run and type-checked outside this workspace. */

export const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };

/** Needs nothing but the library: msw is a peer of `/testing` alone. */
export const IMPORTS_JS = `
import { ShopClient, ShopError } from '@amis-shop/shop-client';
import { Receiver } from '@amis-shop/shop-client/receiver';

try {
  new ShopClient({ shopId: 'AMIS1', url: 'http://api.shop.test/shop' });
} catch (error) {
  if (error instanceof ShopError) console.log(error.code, typeof Receiver);
}
`;

export const SEND_JS = `
import { ShopClient } from '@amis-shop/shop-client';
import { fakeShop } from '@amis-shop/shop-client/testing';
import { setupServer } from 'msw/node';

const url = 'https://api.shop.test/shop';
const { handlers } = await fakeShop({ shopId: 'AMIS1', url });
setupServer(...handlers).listen({ onUnhandledFrame: 'error' });
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const client = new ShopClient({ shopId: 'AMIS1', url, keyCacheDir: false, kms: { region: 'eu-west-1', credentials } });
const receipt = await client.send(${JSON.stringify(SALE)});
console.log(receipt.status, receipt.content);
`;

/** The till's outbox, with the SQLite that this Node brings along. */
export const TILL_JS = `
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOutbox, Till } from '@amis-shop/shop-client';
import { fakeShop } from '@amis-shop/shop-client/testing';
import { setupServer } from 'msw/node';

const url = 'https://api.shop.test/shop';
const { handlers } = await fakeShop({ shopId: 'AMIS1', url });
setupServer(...handlers).listen({ onUnhandledFrame: 'error' });
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const folder = mkdtempSync(join(tmpdir(), 'pack-till-'));
const file = join(folder, 'outbox.db');
const till = await Till.open({
  shopId: 'AMIS1', url, tillId: 'till-07', file, keyCacheDir: false, kms: { region: 'eu-west-1', credentials },
});
const { saleId, seq } = await till.record(${JSON.stringify(SALE)});
const { status } = await till.accepted(saleId);
const { ok } = await till.verify();
await till.close();
console.log(seq, status, ok, [...readOutbox(file, { all: true })].length);
rmSync(folder, { recursive: true });
`;

/** The sandbox's road, by the library and by the command. Prints what both make of it. */
export const ROAD_JS = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { checkInfra } from '@amis-shop/infra-check';
import { startSandbox } from '@amis-shop/sandbox';

const sandbox = await startSandbox({ dns: true });
const [resolver] = sandbox.dns.servers;
const report = await checkInfra(sandbox.url, { resolvers: [resolver], ca: sandbox.ca, allowPrivate: true });
const args = [sandbox.url, '--resolver', resolver, '--ca', sandbox.caFile, '--allow-private', '--post-probe'];
const [exitCode] = await once(spawn('node_modules/.bin/infra-check', args, { stdio: 'ignore' }), 'exit');
await sandbox.close();
console.log(report.status, exitCode);
`;

export const ROAD_TS = `
import { checkInfra, type CheckName, type Expectations, type Finding, render, type Report } from '@amis-shop/infra-check';

const expectations: Expectations = { resolvers: ['system'], minTls: '1.2', postProbe: true };

export const walk = async (): Promise<CheckName | null> => {
  const report: Report = await checkInfra('api.shop.test', expectations, { signal: AbortSignal.timeout(1000) });
  return report.first_broken;
};

export const page = (report: Report): string => render(report, 'html');

export const remedies = (findings: readonly Finding[]): string[] => findings.map(({ fix }) => fix ?? 'nothing');

// @ts-expect-error: the checks are one union
export const misspelt: CheckName = 'certificate.expiri';

// @ts-expect-error: no such expectation
export const wrong: Expectations = { resolver: 'system' };
`;

export const CONSUMER_TS = `
import { type Receipt, type Recorded, type Sale, ShopClient, ShopError, type ShopErrorCode, Till, type TillStatus } from '@amis-shop/shop-client';
import { type OpenedSale, Receiver, type ReceiverOptions } from '@amis-shop/shop-client/receiver';

const url = 'https://api.shop.test/shop';
const sale: Sale = ${JSON.stringify(SALE)};
const client = new ShopClient({ shopId: 'AMIS1', url });

export const send = async (): Promise<string> => {
  const receipt: Receipt = await client.send(sale, { signal: AbortSignal.timeout(1000), saleId: 'sale-1' });
  return receipt.saleId;
};

export const sell = async (till: Till): Promise<{ recorded: Recorded; status: TillStatus }> => {
  till.on('accepted', ({ saleId, attempts }) => console.log(saleId.length, attempts.toFixed()));
  till.on('held', ({ code, hint }) => console.log(code, hint));
  return { recorded: await till.record(sale), status: till.status() };
};

export const openTill = (): Promise<Till> => Till.open({ shopId: 'AMIS1', url, tillId: 'till-07', file: 'outbox.db' });

export const nextStep = (error: ShopError): ShopErrorCode | 'wait' => (error.retryable ? 'wait' : error.code);

export const open = (options: ReceiverOptions, body: string): Promise<OpenedSale> =>
  new Receiver(options).open(body);

// @ts-expect-error: the codes are one union
export const misspelt: ShopErrorCode = 'invalid_sail';

// @ts-expect-error: no such option
export const wrong = new ShopClient({ shopId: 'AMIS1', url, retries: 3 });
`;

export const TESTING_TS = `
import { fakeShop, type FakeShop } from '@amis-shop/shop-client/testing';
import { setupServer, type SetupServer } from 'msw/node';

export const start = async (): Promise<{ server: SetupServer; shop: FakeShop }> => {
  const { handlers, shop } = await fakeShop({ shopId: 'AMIS1', url: 'https://api.shop.test/shop' });
  return { server: setupServer(...handlers), shop };
};
`;

const tsconfig = (module: string, moduleResolution: string, file: string, lib: readonly string[]) => ({
  compilerOptions: {
    target: 'es2023',
    lib,
    types: ['node'],
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  },
  files: [file],
});

/** By package, one for each way in which users resolve modules; msw's own declarations need the DOM's, ours do not. */
const tsconfigs = (file: string, lib: readonly string[]) =>
  Object.fromEntries(
    [['nodenext', 'nodenext'] as const, ['esnext', 'bundler'] as const].map(([module, resolution]) => [
      `${resolution}-${file.replace('.ts', '.json')}`,
      tsconfig(module, resolution, file, lib),
    ]),
  );

export const TSCONFIGS = {
  'shop-client': { ...tsconfigs('consumer.ts', ['es2024']), ...tsconfigs('testing.ts', ['es2024', 'dom']) },
  'infra-check': tsconfigs('road.ts', ['es2024']),
};
