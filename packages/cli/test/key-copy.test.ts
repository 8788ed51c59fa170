import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

/** More than a test asks KMS; what is left of them is used up after it. */
const REFUSALS = 20;

const sandbox = sandboxForAll();
let outbox: string;
beforeEach(() => {
  emptyCache();
  outbox = join(temporaryFolder(), 'outbox.db');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  while ((await shopSend(['key', 'refresh', 'AMIS1'])).exitCode !== 0);
});

const way = (): string[] => {
  const { url, connect, caFile } = sandbox();
  return [url, '--connect', connect, '--ca', caFile];
};
const trust = (): string[] => way().slice(1);
const send = (...more: string[]) => shopSend(['AMIS1', ...way(), ...more], { stdin: SALE });

/** As after a rotation: another access key, and KMS does not accept it. */
function rotate(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAROTATED');
  sandbox().kms.failNext('ExpiredTokenException', REFUSALS);
}

test('after a change of credentials a sale goes out with the copy of the key, and the cause is a warning', async () => {
  expect((await send()).exitCode).toBe(0);
  rotate();
  const { exitCode, stderr } = await send();
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(
    /^shop-send: warning: The public key is the copy of \S+, fetched with other AWS settings: AWS did not accept the credentials \(ExpiredTokenException\) \(credentials_rejected\)\. The file is \S+\.json\.\n$/,
  );
});

test('doctor warns of the credentials and shows the copy', async () => {
  await send();
  rotate();
  const { exitCode, stdout } = await shopSend(['doctor', 'AMIS1', ...way()]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^warn {2}AWS credentials - AWS did not accept the credentials/m);
  expect(stdout).toMatch(/^ok {4}cached key/m);
});

test('a till whose cache folder is lost, too, records with the copy beside its outbox', async () => {
  expect((await send('--outbox', outbox)).exitCode).toBe(0);
  expect(existsSync(`${outbox}-key`)).toBe(true);
  emptyCache();
  rotate();
  expect((await send('--outbox', outbox)).exitCode).toBe(0);
  const { exitCode, stdout, stderr } = await shopSend(['outbox', 'status', '--outbox', outbox, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ recorded: 2 });
});

test('doctor finds the copy beside the outbox, where that is the only one and KMS cannot be reached', async () => {
  await send('--outbox', outbox);
  emptyCache();
  rotate();
  const { exitCode, stdout } = await shopSend(['doctor', ...trust(), '--outbox', outbox]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.not.stringMatching(/^fail/m) });
  expect(stdout).toMatch(/^warn {2}AWS credentials - AWS did not accept the credentials/m);
  expect(stdout).toMatch(/^ok {4}cached key - \S+, fetched \S+Z$/m);
});

test('doctor calls a copy that was fetched with other AWS settings good where KMS names the same key', async () => {
  await send('--outbox', outbox);
  emptyCache();
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAROTATED');
  const { exitCode, stdout } = await shopSend(['doctor', ...trust(), '--outbox', outbox]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ok {4}cached key - the same, fetched/m);
});

test('without a cache folder, doctor takes the copy beside the outbox for the one that is kept', async () => {
  await send('--outbox', outbox);
  vi.stubEnv('XDG_CACHE_HOME', '');
  vi.stubEnv('HOME', '');
  const { exitCode, stdout } = await shopSend(['doctor', ...trust(), '--outbox', outbox]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ok {4}cached key - the same, fetched/m);
  expect((await shopSend(['doctor', 'AMIS1', ...way()])).stdout).toMatch(
    /^warn {2}cached key - there is no folder/m,
  );
});
