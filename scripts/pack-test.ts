/**
 * Packs the packages and uses them as their users do: installed by plain npm in an empty project outside this
 * workspace, on each supported Node, under each supported TypeScript. `node scripts/pack-test.ts [folder...]`
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CONSUMER_TS,
  IMPORTS_JS,
  ROAD_JS,
  ROAD_TS,
  SALE,
  SEND_JS,
  TESTING_TS,
  TILL_JS,
  TSCONFIGS,
} from './lib/pack-consumer.ts';
import { type Manifest, ROOT, readManifest } from './lib/repository.ts';
import { run } from './lib/run.ts';

/** The first that is supported, and the latest of each line. */
const NODES = ['22.13', '22', '24', '26'];
const COMPILERS = ['5.9', '7'];
const MSW = 'msw@3';

interface Package extends Manifest {
  folder: string;
}

interface Runtime {
  version: string;
  /** The folder of the `node` program. */
  path: string[];
}

const PNPM = ['npx', '-y', 'pnpm@12'];
const NPM_INSTALL = ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'];

const passed = (what: string): void => console.log(`ok  ${what}`);

const expectOutput = (what: string, actual: string, expected: string): void => {
  if (actual !== expected) throw new Error(`${what}: it printed "${actual}" instead of "${expected}".`);
  passed(what);
};

const publishable = async (only: readonly string[]): Promise<Package[]> =>
  (await readdir(join(ROOT, 'packages')))
    .filter((folder) => only.length === 0 || only.includes(folder))
    .map((folder) => ({ ...readManifest(join('packages', folder)), folder }))
    .filter((manifest) => !manifest.private);

const createProject = async (folder: string): Promise<string> => {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  return folder;
};

const installNode = async (home: string, major: string): Promise<Runtime> => {
  const cwd = await createProject(join(home, `node-${major}`));
  await run([...NPM_INSTALL, `node@${major}`], { cwd });
  const path = [join(cwd, 'node_modules/node/bin')];
  const version = await run(['node', '--version'], { cwd, path });
  if (!version.startsWith(`v${major}.`)) throw new Error(`The npm package node@${major} is Node ${version}.`);
  return { version, path };
};

const build = (packages: readonly Package[]): Promise<string> =>
  run([...PNPM, ...packages.map(({ folder }) => `--filter=./packages/${folder}`), 'run', 'build'], {
    cwd: ROOT,
  });

const pack = async (home: string, { folder }: Package): Promise<string> => {
  const tarball = join(home, `${folder}.tgz`);
  await run([...PNPM, 'pack', '--out', tarball], { cwd: join(ROOT, 'packages', folder) });
  return tarball;
};

const testCommands = async (cwd: string, { version, path }: Runtime, packages: readonly Package[]) => {
  for (const { bin = {}, ...manifest } of packages)
    for (const command of Object.keys(bin)) {
      const output = await run(['npx', '--no-install', command, '--version'], { cwd, path });
      expectOutput(`Node ${version}: ${command} --version`, output, manifest.version);
    }
};

const testSandbox = async (cwd: string, { version, path }: Runtime) => {
  const command = ['npx', '--no-install', 'shop-send', 'AMIS1', '--sandbox', '--file', 'sale.json', '--json'];
  const { status } = JSON.parse(await run(command, { cwd, path })) as { status?: string };
  expectOutput(`Node ${version}: shop-send --sandbox`, `${status}`, 'accepted');
};

const testProgram = async (cwd: string, { version, path }: Runtime, program: string, expected: string) =>
  expectOutput(`Node ${version}: ${program}`, await run(['node', program], { cwd, path }), expected);

const testExporter = async (cwd: string, { version, path }: Runtime) => {
  const help = await run(['npx', '--no-install', 'infra-check', 'serve', '--help'], { cwd, path });
  expectOutput(
    `Node ${version}: infra-check serve --help`,
    /infra-check serve/.exec(help)?.[0] ?? help,
    'infra-check serve',
  );
};

const testTypes = async (cwd: string, configs: object) => {
  for (const compiler of COMPILERS)
    for (const tsconfig of Object.keys(configs)) {
      const tsc = join('node_modules', `typescript-${compiler}`, 'bin/tsc');
      const version = await run(['node', tsc, '--version'], { cwd });
      await run(['node', tsc, '--project', tsconfig, '--pretty', 'false'], { cwd });
      passed(`TypeScript ${version.replace('Version ', '')}: ${tsconfig}`);
    }
};

const writePrograms = async (cwd: string) => {
  const configs = Object.values(TSCONFIGS)
    .flatMap((ofPackage) => Object.entries(ofPackage))
    .map(([name, config]) => [name, JSON.stringify(config)] as const);
  const programs = {
    'imports.js': IMPORTS_JS,
    'send.js': SEND_JS,
    'till.js': TILL_JS,
    'road.js': ROAD_JS,
    'road.ts': ROAD_TS,
    'consumer.ts': CONSUMER_TS,
    'testing.ts': TESTING_TS,
  };
  const files = [...Object.entries(programs), ...configs, ['sale.json', JSON.stringify(SALE)] as const];
  await Promise.all(files.map(([name, text]) => writeFile(join(cwd, name), text)));
};

const testPackages = async (home: string, packages: readonly Package[]) => {
  const has = (folder: string): boolean => packages.some((one) => one.folder === folder);
  await build(packages);
  const tarballs = await Promise.all(packages.map((one) => pack(home, one)));
  const runtimes = await Promise.all(NODES.map((major) => installNode(home, major)));
  const cwd = await createProject(join(home, 'consumer'));
  await writePrograms(cwd);
  await run([...NPM_INSTALL, ...tarballs], { cwd });
  for (const runtime of runtimes) {
    await testCommands(cwd, runtime, packages);
    if (has('cli')) await testSandbox(cwd, runtime);
    if (has('infra-check')) await testExporter(cwd, runtime);
    if (has('infra-check') && has('sandbox')) await testProgram(cwd, runtime, 'road.js', 'ok 0');
    if (has('shop-client')) await testProgram(cwd, runtime, 'imports.js', 'invalid_option function');
  }
  const compilers = COMPILERS.map((version) => `typescript-${version}@npm:typescript@${version}`);
  await run([...NPM_INSTALL, MSW, '@types/node@22', ...compilers], { cwd });
  if (has('infra-check')) await testTypes(cwd, TSCONFIGS['infra-check']);
  if (!has('shop-client')) return;
  await testTypes(cwd, TSCONFIGS['shop-client']);
  for (const runtime of runtimes) {
    await testProgram(cwd, runtime, 'send.js', 'accepted "OK"');
    await testProgram(cwd, runtime, 'till.js', '1 accepted true 1');
  }
};

const home = await mkdtemp(join(tmpdir(), 'pack-test-'));
try {
  await testPackages(home, await publishable(process.argv.slice(2)));
} catch (error) {
  console.error(`The packing test failed. ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(home, { recursive: true, force: true });
}
