import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startSandbox } from '../src/index.ts';
import { ask } from './support/client.ts';
import { rsaKey } from './support/keys.ts';

test('a shop without name servers is at one address only', async () => {
  const sandbox = await startSandbox({ keys: { AMIS1: rsaKey } });
  expect(sandbox.dns).toBeUndefined();
  const elsewhere = ask(sandbox, { body: '{}', address: '127.0.0.2' });
  await expect(elsewhere).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await sandbox.close();
});

test.each([
  [false, 'false'],
  [true, 'true'],
])('the code of the name servers is loaded only where they are asked for: dns %s', async (dns, loaded) => {
  const program = `
    const { createRequire } = await import('node:module');
    const { startSandbox } = await import(${JSON.stringify(import.meta.resolve('../src/index.ts'))});
    const sandbox = await startSandbox({ dns: ${dns} });
    await sandbox.close();
    const { cache } = createRequire(${JSON.stringify(import.meta.url)});
    console.log(Object.keys(cache).some((path) => path.includes('dns-packet')));`;
  const argv = ['--conditions=source', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  expect(stdout).toBe(`${loaded}\n`);
});
