import { execFileSync } from 'node:child_process';
import fs, { constants } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openOutput } from '../src/standard-output.ts';
import type { Output } from '../src/world.ts';
import { temporaryFolder } from './support/run.ts';

const written = (output: Output, what: string) =>
  new Promise<Error | null | undefined>((done) => {
    output.write(what, done);
  });

const noStream = () => {
  throw new Error('a stream was made');
};

test('a file takes what is written at once, in order, with no stream', async () => {
  const file = join(temporaryFolder(), 'output');
  const fd = fs.openSync(file, 'w');
  const output = openOutput(fd, noStream);
  expect(await written(output, 'für ')).toBeUndefined();
  expect(await written(output, 'alle')).toBeUndefined();
  fs.closeSync(fd);
  expect(fs.readFileSync(file, 'utf8')).toBe('für alle');
  expect(await written(output, 'closed')).toMatchObject({ code: 'EBADF' });
});

test.skipIf(process.platform === 'win32')(
  'a pipe that somebody has made non-blocking gets the whole output, however late its reader comes',
  async () => {
    const pipe = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = fs.openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = fs.openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    let streams = 0;
    const output = openOutput(writer, () => {
      streams += 1;
      return new net.Socket({ fd: writer, readable: false, writable: true });
    });
    const long = 'ä'.repeat(100_000);
    const all = Promise.all([written(output, long), written(output, 'and the end')]);
    const read = text(new net.Socket({ fd: reader, readable: true, writable: false }));
    await all;
    expect(streams).toBe(1);
    fs.closeSync(writer);
    expect(await read).toBe(`${long}and the end`);
  },
);
