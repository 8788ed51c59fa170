import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shopSend, temporaryFolder } from './support/run.ts';

const init = (file: string, ...args: string[]) =>
  shopSend(['till', 'init', '--till-id', 'till-07', '--device-key', file, ...args]);
const show = (file: string, ...args: string[]) =>
  shopSend(['till', 'show', '--till-id', 'till-07', '--device-key', file, ...args]);

const secretsOf = (file: string): string[] => {
  const der = execFileSync('openssl', ['ec', '-in', file, '-noout', '-text'], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const hex = /priv:\n([\s\S]+?)pub:/.exec(der)?.[1]?.replace(/[\s:]/g, '') ?? 'none';
  const lines = readFileSync(file, 'utf8').split('\n').slice(1, 3);
  return [
    hex,
    Buffer.from(hex, 'hex').toString('base64url'),
    Buffer.from(hex, 'hex').toString('base64'),
    ...lines,
  ];
};

describe('till init', () => {
  test('makes a key for this user alone, which OpenSSL reads, and tells what the shop must know', async () => {
    const file = join(temporaryFolder(), 'device.pem');
    const { exitCode, stdout, stderr } = await init(file);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      execFileSync('openssl', ['ec', '-in', file, '-noout', '-text'], { encoding: 'utf8', stdio: 'pipe' }),
    ).toContain('prime256v1');
    expect(stdout).toMatch(
      /^Till id {8}= till-07\nDevice key {5}= \S+device\.pem\nThumbprint {5}= [\w-]{43}\nPublic JWK {5}= \{"kty":"EC","crv":"P-256","x":"[\w-]{43}","y":"[\w-]{43}"\}\n$/,
    );
  });

  test('never prints the private key, however much is said', async () => {
    const file = join(temporaryFolder(), 'device.pem');
    const said = [await init(file, '--verbose'), await show(file, '--verbose'), await show(file, '--json')];
    for (const { stdout, stderr } of said) {
      for (const secret of secretsOf(file)) expect(stdout + stderr).not.toContain(secret);
      expect(stdout).not.toContain('"d"');
    }
  });

  test('--json has the entry with which the shop registers the till', async () => {
    const file = join(temporaryFolder(), 'device.pem');
    const { stdout } = await init(file, '--json');
    const told = JSON.parse(stdout) as { jwk: object };
    expect(told).toEqual({
      till_id: 'till-07',
      device_key: file,
      thumbprint: expect.stringMatching(/^[\w-]{43}$/),
      jwk: { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) },
      device: { tillId: 'till-07', jwk: told.jwk },
    });
    expect((await show(file, '--json')).stdout).toBe(stdout);
  });

  // Needs Debian's strace, and a kernel that lets it look.
  test.skipIf(spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0)(
    'the key is on disk before it has its name, and the name before the command ends',
    () => {
      const folder = temporaryFolder();
      const bin = join(import.meta.dirname, '../src/bin.ts');
      const watched = ['-f', '-y', '-e', 'trace=fsync,fdatasync,link,linkat,rename,renameat2'];
      const command = [process.execPath, '--conditions=source', bin, 'till', 'init', '--till-id', 't'];
      const options = ['--device-key', join(folder, 'device.pem')];
      const log = join(temporaryFolder(), 'calls');
      // As after a change of the sources: Node writes its compile cache meanwhile, elsewhere.
      const env = { ...process.env, NODE_COMPILE_CACHE: temporaryFolder() };
      execFileSync('strace', [...watched, '-o', log, ...command, ...options], { env });
      const calls = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes(folder))
        .filter((line) => line.endsWith('= 0') || line.includes('<unfinished'))
        .map((line) => {
          const [, name = '', first = ''] = /\d+ +(\w+)\([^"<]*["<]([^">]*)/.exec(line) ?? [];
          const what = first === folder ? 'the folder' : 'the key';
          return `${name.replace(/^f(data)?sync$/, 'sync').replace(/^linkat$/, 'link')} ${what}`;
        });
      expect(calls).toEqual(['sync the key', 'link the key', 'sync the folder']);
    },
  );

  test.each(['a key', 'a folder', 'a link that leads nowhere'])('leaves %s as it is', async (what) => {
    const folder = temporaryFolder({ old: 'precious' });
    const file = join(folder, 'device.pem');
    if (what === 'a key') writeFileSync(file, 'precious');
    if (what === 'a folder') mkdirSync(file);
    if (what === 'a link that leads nowhere') symlinkSync(join(folder, 'nothing'), file);
    const { exitCode, stdout, stderr } = await init(file);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^shop-send: There is a file \S+ already; it is left as it is\.\n {2}\S.*\.\n$/);
    if (what === 'a key') expect(readFileSync(file, 'utf8')).toBe('precious');
    expect(readdirSync(folder).sort()).toEqual(['device.pem', 'old']);
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });

  test('one of two at once makes the key, and the other is told', async () => {
    const file = join(temporaryFolder(), 'device.pem');
    const both = await Promise.all([init(file, '--json'), init(file, '--json')]);
    expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 2]);
    const made = both.find(({ exitCode }) => exitCode === 0);
    expect((await show(file, '--json')).stdout).toBe(made?.stdout);
  });

  test.each([
    [
      'others may write there',
      (folder: string) => chmodSync(folder, 0o777),
      /Others may write to the folder/,
    ],
    ['everybody shares it', (folder: string) => chmodSync(folder, 0o1777), /Others may write to the folder/],
    [
      'its group may write there',
      (folder: string) => chmodSync(folder, 0o770),
      /Others may write to the folder/,
    ],
  ])('refuses a folder: %s', async (_, spoil, sentence) => {
    const folder = temporaryFolder();
    spoil(folder);
    const { exitCode, stderr } = await init(join(folder, 'device.pem'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('refuses the folder of another user', async () => {
    const folder = temporaryFolder();
    chownSync(folder, 65_534, 65_534);
    expect((await init(join(folder, 'device.pem'))).stderr).toContain('belongs to another user');
  });

  test('refuses a folder that is not there', async () => {
    const { exitCode, stderr } = await init(join(temporaryFolder(), 'none', 'device.pem'));
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('does not exist'),
    });
  });

  test.each([
    [['till'], 'The command till needs one of the words init, show.'],
    [['till', 'init'], 'No till id is given.'],
    [['till', 'init', '--till-id', 't'], 'No file for the device key is given.'],
    [
      ['till', 'init', '--till-id', 'a b', '--device-key', 'k'],
      '--till-id must be letters, digits and . _ : -, such as "till-07".',
    ],
    [['till', 'show'], 'No file for the device key is given.'],
    [['till', 'show', '--device-key', 'none'], /^The device key \S+none does not exist\.$/],
  ])('%j', async (args, sentence) => {
    const cwd = temporaryFolder();
    const { exitCode, stdout, stderr } = await shopSend(args, { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const [first = ''] = stderr.replace(/^shop-send: /, '').split('\n');
    if (typeof sentence === 'string') expect(first).toBe(sentence);
    else expect(first).toMatch(sentence);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('till show', () => {
  test('needs no till id, and takes the file from environment and configuration', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'device.pem');
    await init(file);
    const bare = await shopSend(['till', 'show'], { env: { SHOP_SEND_DEVICE_KEY: file } });
    expect(bare.stdout).toContain('Till id        = not given\n');
    writeFileSync(join(folder, 'till.json'), '{"deviceKey": "device.pem", "tillId": "till-09"}');
    const configured = await shopSend(['till', 'show', '--config', join(folder, 'till.json'), '--json']);
    expect(JSON.parse(configured.stdout)).toMatchObject({
      till_id: 'till-09',
      device: { tillId: 'till-09' },
    });
  });

  test('warns of a key that every user may read, and not of one that a group may', async () => {
    const file = join(temporaryFolder(), 'device.pem');
    await init(file);
    chmodSync(file, 0o640);
    expect((await show(file)).stderr).toBe('');
    chmodSync(file, 0o644);
    const { exitCode, stderr } = await show(file);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^shop-send: warning: Every user of this machine may read the device key \S+: chmod 600 it\.\n$/,
    );
  });

  test('doctor names the command that makes a key where there is none', async () => {
    const args = ['doctor', 'AMIS1', 'https://shop.invalid/shop', '--till-id', 't', '--device-key', 'none'];
    const { exitCode, stdout } = await shopSend(args, { cwd: temporaryFolder() });
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(
      /^fail {2}configuration - The device key \S+none does not exist\.\n {6}Make it with shop-send till init/,
    );
  });

  test('refuses what is no device key', async () => {
    const folder = temporaryFolder({ 'device.pem': 'rubbish' });
    const { exitCode, stderr } = await show(join(folder, 'device.pem'));
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--device-key must be a private key'),
    });
  });
});
