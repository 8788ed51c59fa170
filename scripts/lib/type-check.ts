import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, readManifest } from './repository.ts';

const CACHE = join(ROOT, 'node_modules/.cache');

/** Our packages by public name -> their source, as the `source` condition of their exports has it. */
const sourcePaths = (): Record<string, string[]> =>
  Object.fromEntries(
    readdirSync(join(ROOT, 'packages')).flatMap((folder) => {
      const { name, exports = {} } = readManifest(join('packages', folder));
      return Object.entries(exports).flatMap(([subpath, target]) =>
        typeof target === 'object' && target['source']
          ? [[join(name, subpath), [join(ROOT, 'packages', folder, target['source'])]]]
          : [],
      );
    }),
  );

const config = () => ({
  extends: join(ROOT, 'tsconfig.json'),
  compilerOptions: { moduleDetection: 'force', paths: sourcePaths() },
  include: ['*.ts'],
});

const writePrograms = (folder: string, programs: Readonly<Record<string, string>>): void => {
  symlinkSync(join(ROOT, 'packages/shop-client/node_modules'), join(folder, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config()));
  for (const [name, source] of Object.entries(programs)) writeFileSync(join(folder, name), source);
};

const runCompiler = (cwd: string): string => {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout, error } = spawnSync(process.execPath, [compiler, '--pretty', 'false'], {
    cwd,
    encoding: 'utf8',
  });
  if (error) throw error;
  return stdout.trim();
};

/**
 * Type-checks example programs (file name -> source) as a user of the packages writes them, and returns what
 * the compiler says; empty when they are right.
 */
export const typeCheck = (programs: Readonly<Record<string, string>>): string => {
  if (Object.keys(programs).length === 0) return '';
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'examples-'));
  try {
    writePrograms(folder, programs);
    return runCompiler(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
