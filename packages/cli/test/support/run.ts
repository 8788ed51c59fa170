import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sandbox, type SandboxOptions, startSandbox } from '@amis-shop/sandbox';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { main } from '../../src/main.ts';
import type { Output } from '../../src/world.ts';

export const SALE = '{"sales": [{"item_no": "12345", "gross_number": "5", "gross_turnover": "60.00"}]}';

export interface Transcript {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface Circumstances {
  env?: Record<string, string>;
  cwd?: string;
  /** What a pipe on standard input holds; without it nobody feeds standard input. */
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
  terminal?: boolean;
}

/** Runs the command in this process; files of the machine's user are out of its reach. */
export async function shopSend(args: readonly string[], given: Circumstances = {}): Promise<Transcript> {
  const { env = {}, cwd = temporaryFolder(), stdin, signal = new AbortController().signal } = given;
  const stdout = collector(given.terminal);
  const stderr = collector(given.terminal);
  const exitCode = await main(args, {
    env,
    cwd,
    stdin: typeof stdin === 'object' && !(stdin instanceof Uint8Array) ? stdin : chunks(stdin ?? ''),
    stdinIsFed: stdin !== undefined,
    stdout,
    stderr,
    signal,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

async function* chunks(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}

function collector(isTTY = false): Output & { text(): string } {
  let text = '';
  return {
    isTTY,
    text: () => text,
    write(more, done) {
      text += more;
      done();
    },
  };
}

export function temporaryFolder(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'shop-send-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }
  return folder;
}

/** An empty folder for cached keys: each test begins without any. */
export function emptyCache(): string {
  const folder = join(temporaryFolder(), 'cache');
  mkdirSync(folder);
  process.env['XDG_CACHE_HOME'] = folder;
  return folder;
}

/** The whole shop, for all tests of a file; the AWS SDK finds its KMS by the environment. */
export function sandboxForAll(options: SandboxOptions = {}): () => Sandbox {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox(options);
    Object.assign(process.env, sandbox.env);
  });
  afterAll(() => sandbox.close());
  return () => sandbox;
}

/** A server on loopback that answers as it is told, with its address as a URL. */
export async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`;
}

/** An address where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/shop`;
}

/** Root may read everything: for this one step it is somebody who may not. */
export async function asNobody<T>(step: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return step();
  process.seteuid?.(NOBODY);
  try {
    return await step();
  } finally {
    process.seteuid?.(0);
  }
}

const NOBODY = 65_534;

/** Standard error of a run, after the sentence that a new outbox begins with it. @throws where it does not say so */
export function afterNewOutbox(stderr: string): string {
  const [first = '', ...rest] = stderr.split(/(?<=\n)/);
  if (!/^shop-send: New outbox: \S+ \(--existing refuses to create one\)\.\n$/.test(first)) {
    throw new Error(`No new outbox is reported: ${stderr}`);
  }
  return rest.join('');
}

/** What differs from run to run, by name. */
export const steady = (text: string): string =>
  text
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
    .replace(/(api\.shop\.test|127\.0\.0\.1):\d+/g, '$1:<port>')
    .replace(/"content_base64": "[\w+/]{12}\.\.\.[\w+/=]{6}"/g, '"content_base64": "<12>...<6>"')
    .replace(/"jwe": "eyJ[\w-]{9}\.\.\.[\w.-]{6}"/g, '"jwe": "<12>...<6>"')
    .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, '<kid>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"duration_ms":\d+/g, '"duration_ms":<ms>');
