/**
 * Builds one world inside a network namespace: the sandbox's shop behind public addresses on `lo`, a name server that the
 * system asks, and what is wrong. Then a till posts a sale there and infra-check looks at the path, both by the system's own
 * look-up, and what they came to goes to standard output.
 */
import { spawnSync } from 'node:child_process';
import { promises as dns } from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInfra, type Report } from '@amis-shop/infra-check';
import { type Sandbox, startSandbox } from '@amis-shop/sandbox';
import { ShopClient, ShopError } from '@amis-shop/shop-client';
import { a, aaaa, soa, startDns, zoneOf } from '../../packages/infra-check/test/support/dns-world.ts';
import type { Place, RoadSeen, RoadWorld } from './world.ts';

const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };

const [given = ''] = process.argv.slice(2);
const world = JSON.parse(given) as RoadWorld;
const folder = mkdtempSync(join(tmpdir(), 'amis-road-'));
try {
  process.stdout.write(JSON.stringify(await look()));
} finally {
  rmSync(folder, { recursive: true });
}
process.exit();

async function look(): Promise<RoadSeen> {
  const addresses = setUp();
  const sandbox = await startSandbox({});
  const { hostname, port } = new URL(sandbox.url);
  const records = addresses.map((one) => (isIPv4(one) ? a(hostname, one) : aaaa(hostname, one)));
  await startDns(zoneOf('shop.test', [soa('shop.test'), ...records]), '127.0.0.1', 53);
  const order = (await dns.lookup(hostname, { all: true })).map(({ address }) => address);
  const placed = (text: string) => text.replace(/\{([46]\.\d)\}/g, (_, place) => at(order, place as Place));
  const placesOf = (places: readonly Place[] = []) => places.map((place) => at(order, place));
  const [closed, resetting] = [placesOf(world.closed), placesOf(world.resetting)];
  for (const address of order.filter((one) => !closed.includes(one)))
    await listen(address, Number(port), resetting.includes(address));
  for (const command of world.commands ?? []) run(placed(command));
  const [report, till] = await Promise.all([walk(sandbox), sell(sandbox)]);
  return { ...told(report), ...till };
}

/** @returns the addresses of the shop */
function setUp(): string[] {
  run('ip link set lo up');
  bind('/etc/resolv.conf', 'nameserver 127.0.0.1\n');
  bind('/etc/nsswitch.conf', 'hosts: files dns\n');
  const four = Array.from({ length: world.four }, (_, i) => `52.94.0.${i + 1}`);
  const six = Array.from({ length: world.six }, (_, i) => `2600:1f00::${i + 1}`);
  for (const address of four) run(`ip address add ${address}/32 dev lo`);
  for (const address of six) run(`ip address add ${address}/128 dev lo`);
  return [...four, ...six];
}

function bind(path: string, content: string): void {
  const own = join(folder, path.replaceAll('/', '-'));
  writeFileSync(own, content);
  run(`mount --bind ${own} ${path}`);
}

function run(command: string): void {
  const [program = '', ...args] = command.split(' ');
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command}: ${stderr.trim()}`);
}

/** The address of that place, in the order in which the system's look-up gives them. */
function at(order: readonly string[], place: Place): string {
  const [family, number] = place.split('.');
  const own = order.filter((one) => isIPv4(one) === (family === '4'));
  const found = own[Number(number)];
  if (found === undefined) throw new Error(`There is no address {${place}} in ${order.join(', ')}.`);
  return found;
}

/** Leads from a public address to the sandbox's gateway, or nowhere. */
function listen(address: string, port: number, isResetting: boolean): Promise<void> {
  const server = net.createServer((client) => {
    client.on('error', () => undefined);
    if (isResetting) return void client.once('data', () => client.resetAndDestroy());
    const gateway = net.connect(port, '127.0.0.1');
    gateway.on('error', () => client.destroy());
    client.on('close', () => gateway.destroy());
    client.pipe(gateway).pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
}

function walk({ url, ca }: Sandbox): Promise<Report> {
  const version = world.ipVersion && { ipVersion: world.ipVersion };
  return checkInfra(url, { ca, postProbe: true, ...version });
}

function told({
  path_status: path,
  first_broken: broken,
  findings,
}: Report): Omit<RoadSeen, 'isDelivered' | 'code'> {
  const found = findings.find(({ check }) => check === 'certificate.connection');
  if (!found) throw new Error('infra-check says nothing of the connection.');
  return { path, broken, connection: { status: found.status, summary: found.summary, fix: found.fix } };
}

async function sell({
  url,
  ca,
  region,
  kmsEndpoint,
}: Sandbox): Promise<Pick<RoadSeen, 'isDelivered' | 'code'>> {
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  const kms = { region, endpoint: kmsEndpoint, credentials };
  const patience = { timeoutMs: 4_000, maxAttempts: 3 };
  const client = new ShopClient({ shopId: 'AMIS1', url, ca, keyCacheDir: false, kms, ...patience });
  try {
    await client.send(SALE);
    return { isDelivered: true, code: null };
  } catch (error) {
    if (!(error instanceof ShopError)) throw error;
    return { isDelivered: false, code: error.code };
  }
}
