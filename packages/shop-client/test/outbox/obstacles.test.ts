import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { takeLock } from '../../src/adapters/sqlite/connection/lock.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { readStatus } from '../../src/index.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY, record } from './contract.ts';

/** With a sale in it, and no secret. */
function newOutbox(): SqliteOutbox {
  const outbox = new SqliteOutbox(join(temporaryFolder(), 'outbox.db'), IDENTITY);
  onTestFinished(() => outbox.close());
  outbox.commit([{ type: 'record', draft: draft('A', { content: undefined }) }]);
  return outbox;
}

const GARBAGE: [string, Buffer][] = [
  ['a line', Buffer.from('1\n')],
  ['a byte', Buffer.from('1')],
  ['a page of zeros', Buffer.alloc(4_096)],
  ['a page of text', Buffer.alloc(5_000, 'text ')],
];

describe('a lease file', () => {
  test.each(GARBAGE)('with %s in it is emptied, and the outbox is delivered', (_, content) => {
    const outbox = newOutbox();
    fs.writeFileSync(`${outbox.file}-lease`, content);
    const { ino } = fs.statSync(`${outbox.file}-lease`);
    const lease = outbox.lease(1);
    expect(lease).toBeDefined();
    expect(isLeasedElsewhere(outbox.file)).toBe(true);
    expect(fs.statSync(`${outbox.file}-lease`).ino).toBe(ino);
    lease?.release(true);
    expect(isLeasedElsewhere(outbox.file)).toBe(false);
  });

  test('that is written to while it is held stays held', () => {
    const outbox = newOutbox();
    const lease = outbox.lease(1);
    spawnSync('sh', ['-c', `echo 1 > '${outbox.file}-lease'`]);
    const sibling = new SqliteOutbox(outbox.file);
    expect(sibling.lease(2)).toBeUndefined();
    expect(isLeasedElsewhere(outbox.file)).toBe(true);
    lease?.release(true);
    const next = sibling.lease(3);
    expect(next).toBeDefined();
    expect(isLeasedElsewhere(outbox.file)).toBe(true);
    next?.release(true);
    sibling.close();
  });

  test('that is an empty folder is replaced', () => {
    const outbox = newOutbox();
    fs.mkdirSync(`${outbox.file}-lease`);
    expect(readStatus(outbox.file).held).toBeUndefined();
    outbox.lease(1)?.release(true);
    expect(fs.statSync(`${outbox.file}-lease`).isFile()).toBe(true);
  });
});

test('a recovery lock with something in it is emptied', () => {
  const { file } = newOutbox();
  fs.writeFileSync(`${file}-recovery`, 'garbage');
  takeLock(file, '-recovery')?.[Symbol.dispose]();
  expect(fs.statSync(`${file}-recovery`).size).toBe(0);
});

test('a lock that may be somebody else’s file is left as it is and named', () => {
  const outbox = newOutbox();
  const stranger = join(temporaryFolder(), 'stranger');
  fs.writeFileSync(stranger, 'mine, and mine alone');
  const name = `${outbox.file}-lease`;
  fs.symlinkSync(stranger, name);
  expect(() => outbox.lease(1)).toThrow(
    expect.objectContaining({
      code: 'outbox_inaccessible',
      message: expect.stringContaining(`${name} is not empty`),
      hint: expect.stringContaining(`Delete ${name}`),
    }),
  );
  fs.rmSync(name);
  fs.linkSync(stranger, name);
  expect(() => outbox.lease(1)).toThrow(`${name} is not empty`);
  expect(fs.readFileSync(stranger, 'utf8')).toBe('mine, and mine alone');
  fs.rmSync(name);
  const database = new DatabaseSync(name);
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  database.close();
  const lease = outbox.lease(1);
  expect(lease).toBeDefined();
  lease?.release(true);
  const damaged = fs.readFileSync(name).fill(0xff, 16, 100);
  fs.writeFileSync(name, damaged);
  expect(() => outbox.lease(1)).toThrow(`${name} is not empty`);
  expect(fs.readFileSync(name)).toEqual(damaged);
});

const OBSTACLES: [string, (name: string) => void, string][] = [
  ['a folder with something in it', (name) => fs.mkdirSync(join(name, 'x'), { recursive: true }), 'a folder'],
  [
    'a link that leads nowhere',
    (name) => fs.symlinkSync('/nowhere/at/all', name),
    'a link that leads nowhere',
  ],
  ['a link to a folder', (name) => fs.symlinkSync('/', name), 'a link that leads to no file'],
  ['a pipe', (name) => spawnSync('mkfifo', [name]), 'no file'],
];

test.skipIf(process.platform === 'win32').each(OBSTACLES)(
  '%s that has the name of the lease is named to who delivers, and by the status',
  (_, make, what) => {
    const outbox = newOutbox();
    const name = `${outbox.file}-lease`;
    make(name);
    const named = {
      code: 'outbox_inaccessible',
      message: expect.stringContaining(`${name} is ${what}`),
      hint: `Delete ${name}; the outbox makes it anew.`,
    };
    expect(() => outbox.lease(1)).toThrow(expect.objectContaining(named));
    expect(readStatus(outbox.file).held).toMatchObject(named);
    fs.rmSync(name, { recursive: true });
    expect(readStatus(outbox.file).held).toBeUndefined();
    outbox.lease(1)?.release(true);
  },
);

test('a folder that has the name of the secret is named to who sells, and by the status; garbage is replaced', () => {
  const outbox = newOutbox();
  const name = `${outbox.file}-secret`;
  fs.mkdirSync(join(name, 'x'), { recursive: true });
  const named = {
    code: 'outbox_inaccessible',
    message: expect.stringContaining(`${name} is a folder`),
    hint: `Delete ${name}; the outbox makes it anew.`,
  };
  expect(() => record(outbox, 'B')).toThrow(expect.objectContaining(named));
  expect(readStatus(outbox.file).held).toMatchObject(named);
  fs.rmSync(name, { recursive: true });
  fs.writeFileSync(name, 'garbage');
  expect(record(outbox, 'B')).toMatchObject([{ seq: 2 }]);
  expect(fs.statSync(name).size).toBe(32);
});

test.skipIf(process.platform === 'win32')(
  'a link that leads nowhere and has the name of the secret is replaced',
  () => {
    const outbox = newOutbox();
    fs.symlinkSync('/nowhere/at/all', `${outbox.file}-secret`);
    expect(readStatus(outbox.file).held).toBeUndefined();
    expect(record(outbox, 'B')).toMatchObject([{ seq: 2 }]);
  },
);

/** Asked by a process of its own: a lock tells nothing to who has it. */
function isLeasedElsewhere(file: string): boolean {
  const program = `const { DatabaseSync } = require('node:sqlite');
    const lock = new DatabaseSync(process.argv[1]);
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');`;
  const { status } = spawnSync(process.execPath, ['--no-warnings', '-e', program, `${file}-lease`]);
  return status !== 0;
}
