import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { judge } from '../src/core/outcome.ts';
import { classifyFailure } from '../src/core/post-failure.ts';
import { SALE } from './support/client.ts';
import { temporaryFolder } from './support/till.ts';
import { publicJwk } from './support/vectors.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SOURCE = JSON.stringify(fileURLToPath(new URL('../src/index.ts', import.meta.url)));

/** Runs a program with Node's permission model; it may read this repository. */
function run(program: string, flags: readonly string[]): string {
  const file = join(temporaryFolder(), 'program.mjs');
  writeFileSync(file, program);
  const allowed = [`--allow-fs-read=${ROOT}`, `--allow-fs-read=${file}`, ...flags];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--permission', ...allowed, file],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] } },
  );
  return stdout + stderr;
}

const till = (file: string): string => `
  const { Till } = await import(${SOURCE});
  const options = { shopId: 'AMIS1', url: 'http://127.0.0.1:9/shop', publicKey: ${JSON.stringify(publicJwk('RSA_2048'))} };
  const open = () => Till.open({ ...options, deliver: false, file: ${JSON.stringify(file)} });
  try {
    const till = await open();
    await till.record(${JSON.stringify(SALE)});
    await till.close();
    const again = await open();
    console.log(again.status().queued, (await again.verify()).ok);
    await again.close();
  } catch ({ code, message, hint }) {
    console.log([code, message, hint].join('|'));
  }`;

describe('under node --permission', () => {
  test('a till works with its folder allowed, though Node refuses fsync to everybody', () => {
    const folder = temporaryFolder();
    const flags = [`--allow-fs-read=${folder}`, `--allow-fs-write=${folder}`];
    expect(run(till(join(folder, 'outbox.db')), flags)).toBe('1 true\n');
    expect(readdirSync(folder).sort()).toEqual(['outbox.db', 'outbox.db-reserve']);
  });

  test.each([
    ['nothing of it', () => []],
    ['only reading it', (folder: string) => [`--allow-fs-read=${folder}`]],
    [
      'only the file',
      (folder: string) => [`--allow-fs-read=${folder}/outbox.db`, `--allow-fs-write=${folder}/outbox.db`],
    ],
  ])('with %s allowed, the flags are told', (_, flags) => {
    const folder = temporaryFolder();
    const [code, message = '', hint] = run(till(join(folder, 'outbox.db')), flags(folder))
      .trim()
      .split('|');
    expect(code).toBe('outbox_unavailable');
    expect(message.replace(folder, '<folder>')).toMatch(
      /^Node's --permission does not allow the outbox <folder>\/outbox\.db/,
    );
    expect(hint).toBe(
      `Node runs with --permission: start it with --allow-fs-read=${folder} --allow-fs-write=${folder} as well.`,
    );
  });

  test('the key that KMS gave is kept, and where it cannot be kept that is said', () => {
    const folder = temporaryFolder();
    const program = `
      const { KmsPublicKeys } = await import(${SOURCE.replace('index.ts', 'adapters/kms-public-keys.ts')});
      const { KmsApi } = await import(${SOURCE.replace('index.ts', 'adapters/kms-api.ts')});
      const { KeyCache } = await import(${SOURCE.replace('index.ts', 'adapters/key-cache.ts')});
      const { createPublicKey } = await import('node:crypto');
      const PublicKey = createPublicKey({ key: ${JSON.stringify(publicJwk('RSA_2048'))}, format: 'jwk' }).export({ format: 'der', type: 'spki' });
      const answer = { PublicKey, KeyId: 'arn', KeyUsage: 'ENCRYPT_DECRYPT', EncryptionAlgorithms: ['RSAES_OAEP_SHA_256'] };
      const kms = new KmsApi({ client: { send: async () => answer } });
      const cache = new KeyCache({ directory: ${JSON.stringify(join(folder, 'keys'))}, keyAlias: 'alias/a', place: kms.place(), pinnedKeys: [] });
      process.on('warning', ({ message }) => console.log(message));
      await new KmsPublicKeys({ kms, keyAlias: 'alias/a', pinnedKeys: [], cache, clock: Date.now }).current();
      console.log(cache.own()?.keyId);`;
    const read = `--allow-fs-read=${folder}`;
    expect(run(program, [read, `--allow-fs-write=${folder}`])).toBe('arn\n');
    expect(readdirSync(join(folder, 'keys'))).toHaveLength(1);
    const elsewhere = program.replaceAll(join(folder, 'keys'), join(folder, 'other'));
    expect(run(elsewhere, [read]).replaceAll(folder, '<folder>')).toMatch(
      /^undefined\nThe public key could not be kept in <folder>\/other\/\S+ \(ERR_ACCESS_DENIED\); Node runs with --permission: allow its folder\.\n$/,
    );
  });

  test.each([
    ['getaddrinfo ERR_ACCESS_DENIED api.retsema.eu', false],
    ['Access to this API has been restricted. Use --allow-net to manage permissions.', true],
  ])(
    'without the network allowed (Node 26) nothing was sent, and the flag is told: %s',
    (message, mayHaveBeenSent) => {
      const cause = Object.assign(new Error(message), { code: 'ERR_ACCESS_DENIED' });
      const failure = classifyFailure({ code: 'ERR_ACCESS_DENIED', mayHaveBeenSent, cause });
      expect(judge(failure, { url: 'https://api.retsema.eu/shop', protocol: 1, size: 1 })).toMatchObject({
        status: 'held',
        code: 'client_failed',
        hint: 'Node runs with --permission: start it with --allow-net as well.',
      });
    },
  );
});
