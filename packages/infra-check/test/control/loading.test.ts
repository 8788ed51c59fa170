import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const check = fileURLToPath(new URL('../../src/check.ts', import.meta.url));

/** Runs one check in a process of its own, and counts what of the SDK was loaded. */
function loadedOfSdk(expectations: object): number {
  const script = `
    import { registerHooks } from 'node:module';
    let count = 0;
    registerHooks({ load(url, context, next) { if (/@aws-sdk|@smithy/.test(url)) count += 1; return next(url, context); } });
    const { checkInfra } = await import(${JSON.stringify(check)});
    await checkInfra('api.shop.test', ${JSON.stringify({ connect: '127.0.0.1:9', resolvers: ['127.0.0.1:9'], ...expectations })});
    console.log(count);
  `;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '-e', script],
    { encoding: 'utf8', env: { ...process.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' } },
  );
  expect(stderr).toBe('');
  return Number(stdout);
}

test('without aws nothing of the AWS SDK is loaded', () => {
  expect(loadedOfSdk({})).toBe(0);
  expect(loadedOfSdk({ aws: true, only: ['control-plane'] })).toBeGreaterThan(10);
});
