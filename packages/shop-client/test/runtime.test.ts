import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkRuntime } from '../src/runtime.ts';
import { temporaryFolder } from './support/till.ts';

const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const key = JSON.stringify(
  execFileSync('openssl', ['pkey', '-pubout'], {
    input: execFileSync('openssl', ['genrsa', '2048'], { stdio: ['ignore', 'pipe', 'ignore'] }),
    encoding: 'utf8',
  }),
);

const messageOf = (runtime: Parameters<typeof checkRuntime>[0]): string => {
  try {
    checkRuntime(runtime);
    return 'fit';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
};

describe('a runtime that is too old is told in one sentence, with the version wanted and the present one', () => {
  const getBuiltinModule = () => undefined;
  const WANTED = 'runtime_unsupported: @amis-shop/shop-client needs Node 22.13 or later;';

  test.each([
    [{ node: '18.20.8' }, `${WANTED} this is Node 18.20.8.`],
    [{ node: '20.20.2' }, `${WANTED} this is Node 20.20.2.`],
    [{ node: '22.0.0' }, `${WANTED} this is Node 22.0.0.`],
    [{ node: '22.12.0' }, `${WANTED} this is Node 22.12.0.`],
    [{ node: '20.0.0', bun: '1.0.0' }, `${WANTED} this is Bun 1.0.0 (as Node 20.0.0).`],
    [{ node: '20.11.1', deno: '1.46.0' }, `${WANTED} this is Deno 1.46.0 (as Node 20.11.1).`],
    [{}, `${WANTED} this is not Node.`],
    [{ node: '22.13.0' }, 'fit'],
    [{ node: '23.0.0' }, 'fit'],
    [{ node: '26.1.0', bun: '1.4.5' }, 'fit'],
  ])('%j: %s', (versions, message) => {
    expect(messageOf({ versions, getBuiltinModule })).toBe(message);
  });

  test('one without process, or without what is needed of it, is told too', () => {
    expect(messageOf(undefined)).toBe(`${WANTED} this is not Node.`);
    expect(messageOf({ versions: { node: '24.0.0' } })).toBe(
      `${WANTED} this is Node 24.0.0, which lacks process.getBuiltinModule.`,
    );
  });

  test('the import itself fails so, before anything else', () => {
    const program = `
      Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });
      await import(${JSON.stringify(source)}).catch(({ code, message, hint }) => console.log([code, message, hint].join('|')));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(
      `${WANTED.replace(': ', '|')} this is Node 20.20.2.|Install Node 22.13 or later, and start the program with it.\n`,
    );
  });
});

test('a runtime without SQLite is told as that, and not as a folder that cannot be written', () => {
  const folder = temporaryFolder();
  const program = `
    const { Till } = await import(${JSON.stringify(source)});
    const options = { shopId: 'AMIS1', url: 'https://shop.invalid', publicKey: ${key}, file: ${JSON.stringify(join(folder, 'outbox.db'))} };
    await Till.open(options).catch(({ code, message }) => console.log(code, message));`;
  const args = ['--no-experimental-sqlite', '--input-type=module', '--eval', program];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stdout).toBe(
    `runtime_unsupported An outbox needs node:sqlite, which this runtime lacks (Node ${process.versions.node}).\n`,
  );
});
