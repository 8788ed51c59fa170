import * as dnsPacket from 'dns-packet';

/** A query with the id 0x1234; `size` is what the client says it takes (EDNS). */
export const question = (name = 'api.shop.test', type: dnsPacket.RecordType = 'A', size?: number): Buffer =>
  dnsPacket.encode({
    type: 'query',
    id: 0x1234,
    flags: 0x0100,
    questions: [{ name, type }],
    ...(size !== undefined && {
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: size,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    }),
  });

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Noise, and questions with a few bytes changed or cut off; the same ones for the same seed. */
export function hostilePackets(count: number, seed: number): Buffer[] {
  const next = random(seed);
  const upTo = (limit: number) => Math.floor(next() * limit);
  const seeds = [
    question(),
    question('shop.test', 'CAA', 1232),
    question('x'.repeat(63), 'SOA', 512),
    question('.', 'NS'),
  ];
  const noise = () => Buffer.from(Array.from({ length: upTo(600) }, () => upTo(256)));
  const mutated = () => {
    const packet = Buffer.from(seeds[upTo(seeds.length)] ?? '');
    for (let changes = 1 + upTo(6); changes > 0; changes -= 1) packet[upTo(packet.length)] = upTo(256);
    return next() < 0.3 ? packet.subarray(0, upTo(packet.length)) : packet;
  };
  return Array.from({ length: count }, () => (next() < 0.3 ? noise() : mutated()));
}
