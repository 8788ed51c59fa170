import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { GotTransport } from '../../src/adapters/got-transport.ts';
import { judge } from '../../src/core/outcome.ts';

/** What a post comes to where a server answers 200 with these very bytes. */
async function outcomeOf(bytes: Uint8Array, headers: OutgoingHttpHeaders = {}) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(bytes);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`;
  const transport = new GotTransport({ url, timeoutMs: 5_000 });
  const result = await transport.post({ id: 'A', protocol: 1, body: '{}' });
  return { outcome: judge(result, { url, protocol: 1, size: 2 }), result };
}

const OK = Buffer.from('"OK"');

test.each<[string, Uint8Array, OutgoingHttpHeaders]>([
  ['as they are', OK, {}],
  ['said not to be encoded', OK, { 'content-encoding': 'identity' }],
  ['whatever their type is said to be', OK, { 'content-type': 'text/plain; charset=utf-16' }],
])('the four bytes "OK" are an acceptance: %s', async (_, bytes, headers) => {
  expect((await outcomeOf(bytes, headers)).outcome).toEqual({ status: 'accepted' });
});

test.each<[string, Uint8Array, OutgoingHttpHeaders]>([
  ['a byte order mark before it', Buffer.from('\uFEFF"OK"'), {}],
  ['a line feed behind it', Buffer.from('"OK"\n'), {}],
  ['a zero behind it', Buffer.from('"OK"\0'), {}],
  ['UTF-16', Buffer.from('\uFEFF"OK"', 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }],
  ['compressed', gzipSync(OK), { 'content-encoding': 'gzip' }],
  ['said to be compressed', OK, { 'content-encoding': 'gzip' }],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0x4f, 0x4b, 0x22, 0xff]), {}],
])('another body than exactly "OK" is none: %s', async (_, bytes, headers) => {
  expect((await outcomeOf(bytes, headers)).outcome).toMatchObject({
    status: 'unknown',
    code: 'not_our_shop',
  });
});

test('what a shop says in other letters is shown as it said it', async () => {
  const { result } = await outcomeOf(Buffer.from('"später"'));
  expect(result).toMatchObject({ content: '"später"' });
});

test.each([
  ['till-07:0001', 'till-07:0001'],
  ['R1.2', 'R1.2'],
  ['a'.repeat(132), 'a'.repeat(132)],
  ['a'.repeat(133), undefined],
  ['', undefined],
  ['R1, R2', undefined],
  ['"R1"', undefined],
])('the id that came twice is read where it is one: %j', async (value, saleId) => {
  const { result } = await outcomeOf(OK, { 'amis-sale-id-conflict': value });
  expect(result).toMatchObject({ kind: 'answer', saleIdConflict: saleId });
});

test.each([
  ['7', 7],
  ['0', 0],
  ['', undefined],
  ['-1', undefined],
  ['7, 8', undefined],
  ['1e3', undefined],
  ['9'.repeat(16), undefined],
])('the number that came twice is read where it is one: %j', async (value, seq) => {
  const { result } = await outcomeOf(OK, { 'amis-sequence-conflict': value });
  expect(result).toMatchObject({ kind: 'answer', sequenceConflict: seq });
});
