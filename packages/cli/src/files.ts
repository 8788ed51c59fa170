import fs from 'node:fs';
import { abortable } from './abortable.ts';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';
import { decodeUtf8, utf16Mistake } from './text-encoding.ts';

const MAX_BYTES = 1_048_576;

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};

/**
 * What only this till may know, without the line ends at its end; whoever else may read it is told.
 * @throws {CliError} in one sentence that names the file and never holds what is in it
 */
export async function readSecret(path: string, what: string, { warn, signal }: Reading): Promise<string> {
  const text = (await readFileText(path, what, signal)).replace(/[\r\n]+$/, '');
  if (hasMode(path, OTHERS)) {
    warn(`Every user of this machine may read ${what} ${printable(path)}: chmod 600 it.`);
  }
  return text;
}

/** Whoever can write the shop's key chooses for whom sales are sealed. */
export function warnIfOthersMayWrite(path: string, what: string, { warn }: Reading): void {
  if (!hasMode(path, OTHERS_WRITE)) return;
  warn(`Other users of this machine may write ${what} ${printable(path)}: chmod go-w it.`);
}

export interface Reading {
  warn: (sentence: string) => void;
  signal: AbortSignal;
}

const OTHERS = 0o007;
const OTHERS_WRITE = 0o022;

/** Of a pipe, or where there are no such modes, nothing is known. */
function hasMode(path: string, mode: number): boolean {
  const stats = process.platform === 'win32' ? undefined : fs.statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && (stats.mode & mode) !== 0;
}

/**
 * At most 1 MiB of UTF-8.
 * @param signal ends the wait for a pipe to which nobody writes
 * @throws {CliError} in one sentence that names the file and never holds what is in it
 */
export async function readFileText(path: string, what: string, signal: AbortSignal): Promise<string> {
  return decode(await readFileBytes(path, what, signal), `${what} ${printable(path)}`);
}

/** The same before anything is made of the bytes. @throws {CliError} */
export async function readFileBytes(path: string, what: string, signal: AbortSignal): Promise<Uint8Array> {
  const name = `${what} ${printable(path)}`;
  try {
    return await readBytes(path, name, signal);
  } catch (error) {
    throw signal.aborted && error === signal.reason ? error : told(error, name);
  }
}

function told(error: unknown, name: string): CliError {
  if (error instanceof CliError) return error;
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return unreadable(`${name} ${REASONS[code] ?? `cannot be read (${code})`}.`, error);
}

/** What is read piece by piece. */
export interface Source {
  chunks: AsyncIterable<Uint8Array>;
  /** In bytes, where it is known. */
  size?: number | undefined;
}

/** A file or a named pipe of any size. @throws {CliError} here and while it is read */
export async function openSource(path: string, what: string): Promise<Source> {
  const name = `${what} ${printable(path)}`;
  try {
    const stats = fs.statSync(path);
    if (stats.isFIFO()) return { chunks: telling(await openPipe(path), name) };
    const chunks = fs.createReadStream('', { fd: fs.openSync(path, 'r'), highWaterMark: CHUNK_BYTES });
    return { chunks: telling(chunks, name), size: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    throw told(error, name);
  }
}

async function* telling(source: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw told(error, name);
  }
}

const CHUNK_BYTES = 262_144;

/** Of lines in UTF-16 or UTF-32 each one would be a mistake of its own. @throws {CliError} before the first is read */
export async function* refuseUtf16(
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of source) {
    const mistake = isFirst ? utf16Mistake(chunk) : undefined;
    if (mistake) throw unreadable(`${name} ${mistake.problem}.`, undefined, mistake.hint);
    isFirst = false;
    yield chunk;
  }
}

/** The same of a stream. */
export async function readText(source: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  return decode(await bounded(source, name), name);
}

async function readBytes(path: string, name: string, signal: AbortSignal): Promise<Uint8Array> {
  const stats = fs.statSync(path);
  if (stats.isFIFO()) return abortable(bounded(await openPipe(path), name), signal);
  if (!stats.isFile()) return abortable(bounded(fs.createReadStream(path), name), signal);
  if (stats.size > MAX_BYTES) throw unreadable(`${name} is larger than 1 MiB.`);
  return fs.readFileSync(path);
}

/** Opened as a file, a pipe that nobody writes to would hold up the end of the process. */
async function openPipe(path: string): Promise<AsyncIterable<Uint8Array>> {
  const { Socket } = await import('node:net');
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function bounded(source: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > MAX_BYTES) throw unreadable(`${name} is larger than 1 MiB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A byte order mark is left out. */
function decode(bytes: Uint8Array, name: string): string {
  const text = decodeUtf8(bytes);
  if (typeof text === 'string') return text;
  throw unreadable(`${name} ${text.problem}.`, undefined, text.hint);
}

function unreadable(sentence: string, cause?: unknown, hint = READABLE): CliError {
  const message = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return new CliError('unreadable_file', message, hint, cause);
}

const READABLE = 'Name a readable text file of at most 1 MiB.';

/** Whether this is readFileText()'s refusal of a file that does not exist. */
export const isMissing = (error: unknown): boolean =>
  error instanceof CliError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
