/** A packet as it is made up: what a count says, and what follows, need not agree. Independent of what is tested. */
export interface Packet {
  id: number;
  flags: number;
  questions: Entry[];
  answers: Entry[];
  authorities: Entry[];
  additionals: Entry[];
  /** Added to the counts of the header. */
  miscount: { questions: number; answers: number };
  trailing: Buffer;
}

/** A question (`data` undefined) or a record. */
export interface Entry {
  name: Name;
  type: number;
  class: number;
  ttl?: number;
  data?: Buffer;
  /** In the place of the true length. */
  length?: number;
}

/** Labels, or the very bytes. */
export type Name = readonly string[] | Buffer;

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  TXT: 16,
  AAAA: 28,
  DNAME: 39,
  OPT: 41,
  RRSIG: 46,
} as const;
export const FLAG = { QR: 0x8000, AA: 0x400, TC: 0x200, RD: 0x100, RA: 0x80, AD: 0x20, CD: 0x10 } as const;

export const labels = (name: string): string[] => name.split('.').filter(Boolean);

function nameBytes(name: Name): Buffer {
  if (Buffer.isBuffer(name)) return name;
  const parts = name.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  );
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function entryBytes({ name, type, class: klass, ttl = 60, data, length }: Entry): Buffer {
  const fixed = Buffer.alloc(data === undefined ? 4 : 10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(klass, 2);
  if (data === undefined) return Buffer.concat([nameBytes(name), fixed]);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(length ?? data.length, 8);
  return Buffer.concat([nameBytes(name), fixed, data]);
}

export function packetBytes(packet: Packet): Buffer {
  const { questions, answers, authorities, additionals, miscount } = packet;
  const header = Buffer.alloc(12);
  const counts = [
    questions.length + miscount.questions,
    answers.length + miscount.answers,
    authorities.length,
    additionals.length,
  ];
  [packet.id, packet.flags, ...counts].forEach((word, i) => {
    header.writeUInt16BE(word & 0xffff, 2 * i);
  });
  const entries = [...questions, ...answers, ...authorities, ...additionals].map(entryBytes);
  return Buffer.concat([header, ...entries, packet.trailing]);
}

export const a = (name: Name, address: string): Entry => ({
  name,
  type: TYPE.A,
  class: 1,
  data: Buffer.from(address.split('.').map(Number)),
});

/** `2a05:d018::N`. */
export const aaaa = (name: Name, last: number): Entry => ({
  name,
  type: TYPE.AAAA,
  class: 1,
  data: Buffer.from([0x2a, 0x05, 0xd0, 0x18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]),
});

export const cname = (name: Name, target: Name): Entry => ({
  name,
  type: TYPE.CNAME,
  class: 1,
  data: nameBytes(target),
});

export const soa = (name: Name): Entry => ({
  name,
  type: TYPE.SOA,
  class: 1,
  data: Buffer.concat([nameBytes(name), nameBytes(name), Buffer.alloc(20)]),
});

/** The question of a query, by its bytes; undefined for what is none. */
export function questionOf(query: Buffer): { id: number; name: string[]; type: number } | undefined {
  const name: string[] = [];
  let at = 12;
  while (at < query.length && query[at] !== 0) {
    const length = query[at] as number;
    name.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return query.length < at + 5
    ? undefined
    : { id: query.readUInt16BE(0), name, type: query.readUInt16BE(at + 1) };
}
