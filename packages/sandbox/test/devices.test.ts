import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from '../src/arguments.ts';
import { main } from '../src/cli.ts';

/** What the command says before it ends with code 2. */
async function refused(...argv: string[]): Promise<string> {
  let said = '';
  const output = {
    write: (text: string, done: () => void) => {
      said += text;
      done();
    },
    on: () => undefined,
  };
  const code = await main(argv, { stdout: output, stderr: output, once: () => undefined });
  expect(code).toBe(2);
  return said;
}

describe('--devices', () => {
  const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
  const device = ec('P-256');
  const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });
  const jwk = jwkOf(device.publicKey);
  const P256 = 'a public key on P-256: {"kty": "EC", "crv": "P-256", "x": "...", "y": "..."}.';
  const EXAMPLE = '{"AMIS1": [{"tillId": "till-07", "jwk": {"kty": "EC", ...}}]}.';

  function devicesFile(content: unknown): string {
    const dir = mkdtempSync(join(tmpdir(), 'sandbox-devices-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'devices.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  test.each([
    ['{', `The file of devices <file> must be JSON such as ${EXAMPLE}`],
    [[], `The file of devices <file> must be JSON such as ${EXAMPLE}`],
    [
      { AMIS2: [] },
      'The file of devices <file> names the shop "AMIS2", which --shops does not: name it there too.',
    ],
    [
      { 'X\u001b[31m': [] },
      'The file of devices <file> names the shop "X\\u001b[31m", which --shops does not: name it there too.',
    ],
    [' '.repeat(1_048_577), 'The file of devices <file> cannot be read: it is larger than 1 MiB.'],
    [{ AMIS1: {} }, `The devices of AMIS1 must be a list, as in ${EXAMPLE}`],
    [{ AMIS1: [null] }, 'Device 1 of AMIS1 must be an object with tillId and jwk.'],
    [
      { AMIS1: [{ tillId: 't', jwk }, { jwk }] },
      'Device 2 of AMIS1 needs a tillId of letters, digits and . _ : -, such as "till-07".',
    ],
    [
      { AMIS1: [{ till: 't', tillId: 't', jwk }] },
      'Device 1 of AMIS1 has the name "till"; known are tillId and jwk.',
    ],
    [{ AMIS1: [{ tillId: 't' }] }, `Device 1 of AMIS1 needs as jwk ${P256}`],
    [
      { AMIS1: [{ tillId: 't', jwk: jwkOf(ec('P-384').publicKey) }] },
      `Device 1 of AMIS1 needs as jwk ${P256}`,
    ],
    [
      { AMIS1: [{ tillId: 't', jwk: jwkOf(device.privateKey) }] },
      'Device 1 of AMIS1 has a private key: leave "d" out of its jwk, for a shop knows only the public one.',
    ],
  ])('%# is refused in one sentence', async (content, sentence) => {
    const file = devicesFile(content);
    expect(await refused('--devices', file)).toBe(`shop-sandbox: ${sentence.replace('<file>', file)}\n`);
  });

  test('a file that is not there is told as such', async () => {
    const file = join(import.meta.dirname, 'no-such-file');
    expect(await refused('--devices', file)).toBe(
      `shop-sandbox: The file of devices ${file} cannot be read: ENOENT: no such file or directory, open '${file}'.\n`,
    );
  });

  test('a file with a byte order mark is read like any other', () => {
    expect(parse(['--devices', devicesFile('\ufeff{"AMIS1": []}\r\n')])).toMatchObject({
      options: { shops: { AMIS1: { devices: [] } } },
    });
  });

  test('each shop has the devices that the file lists for it', () => {
    const devices = [{ tillId: 'till-07', jwk }];
    expect(parse(['--shops', 'AMIS1,AMIS2', '--devices', devicesFile({ AMIS1: devices })])).toMatchObject({
      options: { shops: { AMIS1: { devices }, AMIS2: {} } },
    });
  });
});
