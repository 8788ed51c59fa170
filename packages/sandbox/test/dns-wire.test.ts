import * as dnsPacket from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { roadNames } from '../src/dns/names.ts';
import { createResponder } from '../src/dns/responder.ts';
import { readQuery, writeResponse } from '../src/dns/wire.ts';
import { hostilePackets, question } from './support/packets.ts';

const names = roadNames('shop.test', 'eu-west-1');
const SERVERS = ['127.0.0.1', '127.0.0.2'];
const responder = createResponder({ names, addresses: ['127.0.0.1'], servers: SERVERS }, 0);

const patched = (packet: Buffer, ...bytes: [at: number, byte: number][]): Buffer => {
  const copy = Buffer.from(packet);
  for (const [at, byte] of bytes) copy[at] = byte;
  return copy;
};

const rcodeOf = (response: Buffer | undefined) => response && response.readUInt16BE(2) & 0xf;

const NAME_AT = 12;

describe('what is no question is told so, or not answered at all', () => {
  test.each<[string, Buffer, number | undefined]>([
    ['nothing', Buffer.alloc(0), undefined],
    ['half a header', question().subarray(0, 11), undefined],
    ['an answer', patched(question(), [2, 0x81]), undefined],
    ['a header alone', patched(question().subarray(0, 12), [5, 0]), 1],
    ['a question that is cut off', question().subarray(0, 20), 1],
    ['a name that is cut off', question().subarray(0, 27), 1],
    ['two questions', patched(question(), [5, 2]), 1],
    ['65535 questions', patched(question(), [4, 0xff], [5, 0xff]), 1],
    ['an answer in the question', patched(question(), [7, 1]), 1],
    ['65535 additional records', patched(question(), [10, 0xff], [11, 0xff]), 1],
    ['a name that points at itself', patched(question(), [NAME_AT, 0xc0], [NAME_AT + 1, NAME_AT]), 1],
    ['a name that points ahead', patched(question(), [NAME_AT, 0xc0], [NAME_AT + 1, 40]), 1],
    ['a label of an unknown kind', patched(question(), [NAME_AT, 0x40]), 1],
    ['a name without end', Buffer.concat([question().subarray(0, 12), Buffer.alloc(1000, 1)]), 1],
    ['more than 4096 bytes', Buffer.concat([question(), Buffer.alloc(4097)]), 1],
    ['two OPT records', twoOptions(), 1],
    ['a status request', patched(question(), [2, 0x11]), 4],
  ])('%s', (_what, packet, rcode) => {
    expect(rcodeOf(responder.respond(packet, 'udp'))).toBe(rcode);
  });

  function twoOptions(): Buffer {
    const one = question(undefined, undefined, 1232);
    return patched(Buffer.concat([one, one.subarray(one.length - 11)]), [11, 2]);
  }
});

test.each([
  [62, 3],
  [63, 3],
  [64, 1],
])('a label of %i bytes gets code %i', (length, rcode) => {
  const label = Buffer.concat([Buffer.from([length]), Buffer.alloc(length, 'x')]);
  const packet = Buffer.concat([question().subarray(0, 12), label, question('shop.test').subarray(12)]);
  expect(rcodeOf(responder.respond(packet, 'udp'))).toBe(rcode);
});

/** A query whose answer has one TXT record of so many bytes altogether, as it goes over UDP. */
function answerOf(bytes: number, size: number | undefined): Buffer {
  const read = readQuery(question('api.shop.test', 'TXT', size));
  if (read === undefined) throw new Error('not read');
  const write = (data: Buffer[]) =>
    writeResponse(
      read.query,
      { rcode: 'NOERROR', answers: [{ name: 'api.shop.test', type: 'TXT', ttl: 1, data }] },
      'udp',
    );
  const bare = write([Buffer.alloc(0)]).length;
  const filling: Buffer[] = [];
  for (let left = bytes - bare + 1; left > 0; left -= 256)
    filling.push(Buffer.alloc(Math.min(left, 256) - 1, 'x'));
  return write(filling);
}

test.each([
  [undefined, 512, false],
  [undefined, 513, true],
  [1, 512, false],
  [1, 513, true],
  [600, 600, false],
  [600, 601, true],
  [1232, 1232, false],
  [1232, 1233, true],
  [4096, 1232, false],
  [4096, 1233, true],
])('a client that takes %s bytes gets an answer of %i: cut %s', (size, bytes, cut) => {
  const packet = answerOf(bytes, size);
  const { flag_tc, answers } = dnsPacket.decode(packet);
  expect([flag_tc, answers?.length]).toEqual(cut ? [true, 0] : [false, 1]);
  expect(cut ? packet.length < 512 : packet.length === bytes).toBe(true);
});

test('of 30000 packets of noise none is answered with more than 1232 bytes, or with another id', () => {
  let answered = 0;
  for (const packet of hostilePackets(30_000, 4)) {
    const response = responder.respond(packet, 'udp');
    if (response === undefined) continue;
    answered += 1;
    const sound =
      response.length <= 1232 &&
      response.readUInt16BE(0) === packet.readUInt16BE(0) &&
      (response[2] ?? 0) >= 0x80;
    if (!sound) expect.unreachable(`${packet.toString('hex')} was answered with ${response.toString('hex')}`);
    dnsPacket.decode(response);
  }
  expect(answered).toBeGreaterThan(10_000);
});
