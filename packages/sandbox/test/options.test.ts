import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../src/index.ts';
import type { SandboxOptions } from '../src/types.ts';

describe('a wrong option is refused in one sentence that names it', () => {
  test.each([
    [null, 'The sandbox options must be an object, not null.'],
    ['AMIS1', 'The sandbox options must be an object, not AMIS1.'],
    [{ domain: 5 }, 'The sandbox options: domain must be of type string, not 5.'],
    [{ port: '1' }, 'The sandbox options: port must be of type number, not 1.'],
    [{ port: Number.NaN }, 'The port must be a whole number from 0 to 65535, not NaN.'],
    [{ port: 5000, kmsPort: 5000 }, 'The gateway and KMS need a port each, not both 5000.'],
    [{ shops: 'AMIS1' }, 'The sandbox options: shops must be of type object, not AMIS1.'],
    [{ shops: [] }, 'At least one shop is needed.'],
    [{ shops: ['A', 'A'] }, 'The shop "A" is named twice.'],
    [{ shops: ['', ''] }, 'The shop id "" may hold only letters, digits, "-" and "_".'],
    [{ shops: { A: null } }, 'The shop A must be an object, not null.'],
    [
      { shops: { A: { device: [] } } },
      'The shop A: "device" is unknown; known are devices, requireSignature.',
    ],
    [
      { shops: { A: { requireSignature: 'no' } } },
      'The shop A: requireSignature must be of type boolean, not no.',
    ],
    [
      { shops: { A: { devices: [{ tillId: 't', jwk: 'pem' }] } } },
      'Device 1 of A needs as jwk a public key on P-256: {"kty": "EC", "crv": "P-256", "x": "...", "y": "..."}.',
    ],
    [
      { faults: {} },
      'The faults must be a text such as lost-ack:0.1, or have the functions next and describe.',
    ],
    [{ keys: { AMIS1: 'rubbish' } }, 'The key for AMIS1 must be an RSA private key, as PEM or KeyObject.'],
    [
      { keyAliasPrefix: 'KeyL-' },
      'The key alias prefix must be alias/ and then letters, digits, / _ and -, not "KeyL-".',
    ],
    [{ region: 'eu west' }, 'The region must be one such as eu-west-1, not "eu west".'],
    [{ oldBackEnd: 'no' }, 'The sandbox options: oldBackEnd must be of type boolean, not no.'],
    [{ dns: 'yes' }, 'The sandbox options: dns must be of type boolean or object, not yes.'],
    [{ dns: null }, 'The sandbox options: dns must be of type boolean or object, not null.'],
    [{ dns: { prot: 53 } }, 'The option dns: "prot" is unknown; known are port, dualStack.'],
    [
      { dns: { port: 65_536 } },
      'The port of the name servers must be a whole number from 0 to 65535, not 65536.',
    ],
    [{ port: 5000, dns: { port: 5000 } }, 'The name servers need a port of their own, not 5000.'],
    [{ kmsPort: 5000, dns: { port: 5000 } }, 'The name servers need a port of their own, not 5000.'],
    [{ breaks: 'dns-lame' }, 'The sandbox options: breaks must be of type object, not dns-lame.'],
    [{ breaks: {} }, 'The breaks must be a list of faults of the road.'],
    [{ dataDir: '' }, 'The data directory must be a path, not "".'],
  ])('%o', async (options, sentence) => {
    await expect(startSandbox(options as SandboxOptions)).rejects.toThrow(new RangeError(sentence));
  });

  test('a full disk under the data directory leaves no half-written file', async ({ skip }) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-full-'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', dataDir]);
    onTestFinished(() => {
      if (status === 0) spawnSync('umount', [dataDir]);
      rmSync(dataDir, { recursive: true });
    });
    skip(status !== 0, 'this user may not mount a small disk');
    writeFileSync(join(dataDir, 'full'), new Uint8Array(4096));
    await expect(startSandbox({ dataDir })).rejects.toThrow(
      /^The directory \S+ cannot be used: ENOSPC: no space left on device/,
    );
    expect(readdirSync(dataDir)).toEqual(['full']);
  });

  test('an unknown name', async () => {
    const options = { prot: 1 } as SandboxOptions;
    await expect(startSandbox(options)).rejects.toThrow(
      /^The sandbox options: "prot" is unknown; known are domain, /,
    );
  });
});
