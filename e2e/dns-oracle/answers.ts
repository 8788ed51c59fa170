import { MUTATIONS, RIGHT } from './mutations.ts';
import { a, aaaa, cname, type Entry, FLAG, labels, type Packet, packetBytes, soa, TYPE } from './packet.ts';
import { Random } from './random.ts';

/** What is done to the answers about one name. */
export interface Case {
  name: string;
  /** How many CNAME records lead to the addresses. */
  links: number;
  hasSix: boolean;
  /** Mutations of the answer to A and of that to AAAA. */
  of: Readonly<Record<'A' | 'AAAA', readonly string[]>>;
  /** Bytes of the answer that are changed at random, and where it is cut. */
  flips: number;
  isCut: boolean;
  seed: number;
}

/** All mutations alone on the answer for A, on that for AAAA and on both, and from the seed as many more as wanted. */
export function casesOf(seed: number, count: number): Case[] {
  const names = Object.keys(MUTATIONS);
  const plain = { hasSix: false, flips: 0, isCut: false };
  const alone = names.flatMap((one) => [
    { ...plain, links: 0, of: { A: [one], AAAA: [] } },
    { ...plain, links: 2, hasSix: true, of: { A: [one], AAAA: [one] } },
    { ...plain, links: 1, hasSix: true, of: { A: [], AAAA: [one] } },
    { ...plain, links: 1, hasSix: true, of: { A: [one], AAAA: [] } },
  ]);
  const random = new Random(seed);
  const drawn = Array.from({ length: count }, () => {
    const some = () => Array.from({ length: random.below(3) }, () => random.pick(names));
    return {
      links: random.below(4),
      hasSix: random.below(2) === 0,
      of: { A: some(), AAAA: some() },
      flips: random.below(4) === 0 ? 1 + random.below(3) : 0,
      isCut: random.below(12) === 0,
    };
  });
  return [...alone, ...drawn].map((one, i) => ({ ...one, name: `c${i}.shop.test`, seed: seed + i }));
}

/** The same bytes each time, but for the id. */
export function answerOf(one: Case, type: number, id: number): Buffer {
  const family = type === TYPE.AAAA ? 'AAAA' : 'A';
  const random = new Random(one.seed * 2 + type);
  const packet = soundAnswer(one, type, id);
  for (const mutation of one.of[family]) MUTATIONS[mutation]?.(packet, random);
  const bytes = packetBytes(packet);
  for (let i = 0; i < one.flips; i += 1) bytes[2 + random.below(bytes.length - 2)] = random.below(256);
  return one.isCut ? bytes.subarray(0, 13 + random.below(bytes.length - 13)) : bytes;
}

function soundAnswer({ name, links, hasSix }: Case, type: number, id: number): Packet {
  const chain = [name, ...Array.from({ length: links }, (_, i) => `l${i}.gateway.test`)].map(labels);
  const last = chain.at(-1) ?? [];
  const addresses: Entry[] =
    type === TYPE.A
      ? RIGHT.v4.map((one) => a(last, one))
      : hasSix
        ? RIGHT.v6.map((one) => aaaa(last, one))
        : [];
  return {
    id,
    flags: FLAG.QR | FLAG.RD | FLAG.RA,
    questions: [{ name: labels(name), type, class: 1 }],
    answers: [...chain.slice(1).map((target, i) => cname(chain[i] ?? [], target)), ...addresses],
    authorities: addresses.length > 0 ? [] : [soa(labels('shop.test'))],
    additionals: [],
    miscount: { questions: 0, answers: 0 },
    trailing: Buffer.alloc(0),
  };
}
