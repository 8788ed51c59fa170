import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { print } from './lib/ratio.ts';
import type { Report } from './lib/table.ts';

const here = import.meta.dirname;

/** The reports of one program; none where it fails, which its own words on standard error explain. */
const measure = (program: string): Report[] => {
  process.stderr.write(`${program} ...\n`);
  try {
    const output = execFileSync(process.execPath, ['--conditions=source', join(here, program), '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return output.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Report] : []));
  } catch {
    process.stderr.write(`${program} failed\n`);
    process.exitCode = 1;
    return [];
  }
};

const programs = readdirSync(here).filter((name) => name.endsWith('.bench.ts'));
print(...programs.sort().flatMap(measure));
