import { a, aaaa, cname, type Entry, FLAG, labels, type Packet, soa, TYPE } from './packet.ts';
import type { Random } from './random.ts';

/** What the shop's zone says when nobody spoils it, and so the only addresses that are right. */
export const RIGHT = { v4: ['52.1.2.3', '52.1.2.4'], v6: [1, 2] } as const;
const WRONG = '52.66.6.6';

type Mutation = (packet: Packet, random: Random) => void;

const addressOf = (packet: Packet): Entry | undefined =>
  packet.answers.find(({ type }) => type === TYPE.A || type === TYPE.AAAA);

const onAddress =
  (change: (entry: Entry, random: Random) => void): Mutation =>
  (packet, random) => {
    const entry = addressOf(packet);
    if (entry) change(entry, random);
  };

const joined = (name: Entry['name']): string[] =>
  Buffer.isBuffer(name) ? ['x'] : [name.slice(0, 2).join('.'), ...name.slice(2)];

const flag =
  (mask: number): Mutation =>
  (packet) => {
    packet.flags ^= mask;
  };

const rcode =
  (code: number): Mutation =>
  (packet) => {
    packet.flags = (packet.flags & 0xfff0) | code;
  };

const emptied =
  (code: number): Mutation =>
  (packet) => {
    packet.flags = (packet.flags & 0xfff0) | code;
    packet.answers = [];
  };

/** Each is one thing that a resolver, or somebody on the way, may do to an answer. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'owner of another zone': onAddress((entry) => {
    entry.name = labels('other.test');
  }),
  'owner with a dot within a label': onAddress((entry) => {
    entry.name = joined(entry.name);
  }),
  'owner in capitals': onAddress((entry) => {
    entry.name = Buffer.isBuffer(entry.name) ? entry.name : entry.name.map((label) => label.toUpperCase());
  }),
  'owner that is the root': onAddress((entry) => {
    entry.name = [];
  }),
  'owner by a pointer to the question': onAddress((entry) => {
    entry.name = Buffer.from([0xc0, 12]);
  }),
  'owner by a pointer to itself': (packet) => {
    const entry = addressOf(packet);
    if (entry) entry.name = Buffer.from([0xc0, 0xff]);
  },
  'owner with a label of a kind not in use': onAddress((entry) => {
    entry.name = Buffer.from([0x41, 0x61, 0]);
  }),
  'address too short': onAddress((entry) => {
    entry.data = entry.data?.subarray(1) ?? Buffer.alloc(0);
  }),
  'address too long': onAddress((entry) => {
    entry.data = Buffer.concat([entry.data ?? Buffer.alloc(0), Buffer.alloc(1)]);
  }),
  'length beyond the end': (packet) => {
    const last = packet.answers.at(-1);
    if (last) Object.assign(last, { length: 4_000 });
    packet.authorities = [];
  },
  'length zero': onAddress((entry) => {
    entry.data = Buffer.alloc(0);
  }),
  'class CHAOS in the record': onAddress((entry) => {
    entry.class = 3;
  }),
  'a huge TTL': onAddress((entry) => {
    entry.ttl = 0xffff_ffff;
  }),
  'an address of the other family': (packet) => {
    const { name = [] } = addressOf(packet) ?? {};
    packet.answers = packet.answers.map((one) =>
      one.type === TYPE.A ? aaaa(name, 9) : one.type === TYPE.AAAA ? a(name, WRONG) : one,
    );
  },
  'records in another order': (packet, random) => {
    packet.answers = random.shuffled(packet.answers);
  },
  'records backwards': (packet) => {
    packet.answers.reverse();
  },
  'the CNAME alone': (packet) => {
    packet.answers = packet.answers.filter(({ type }) => type === TYPE.CNAME);
  },
  'a CNAME that leads back': (packet) => {
    const name = packet.questions[0]?.name ?? [];
    packet.answers = [cname(name, labels('b.test')), cname(labels('b.test'), name)];
  },
  'a CNAME that leads back, and the address': (packet) => {
    const name = packet.questions[0]?.name ?? [];
    packet.answers = [cname(name, labels('b.test')), cname(labels('b.test'), name), ...packet.answers];
  },
  'a CNAME of another owner before the address': (packet) => {
    const { name = [] } = addressOf(packet) ?? {};
    packet.answers = [
      cname(labels('other.test'), name),
      ...packet.answers.filter((one) => one.type !== TYPE.CNAME),
    ];
  },
  'a CNAME of another owner that leads away': (packet) => {
    packet.answers = [cname(labels('other.test'), labels('away.test')), ...packet.answers];
  },
  'a CNAME whose target is cut': (packet) => {
    const found = packet.answers.find(({ type }) => type === TYPE.CNAME);
    if (found) found.data = Buffer.from([9, 0x61]);
    packet.authorities = [];
  },
  'a CNAME to a name with a space': (packet) => {
    const { name = [] } = packet.questions[0] ?? {};
    const odd = ['a b', 'test'];
    packet.answers = [cname(name, odd), a(odd, RIGHT.v4[0])];
  },
  'records of other types between': (packet) => {
    const name = packet.questions[0]?.name ?? [];
    packet.answers = packet.answers.flatMap((one) => [
      { name, type: TYPE.TXT, class: 1, data: Buffer.from([1, 0x61]) },
      { name, type: TYPE.RRSIG, class: 1, data: Buffer.alloc(3) },
      one,
    ]);
  },
  'a second address of another owner': (packet) => {
    packet.answers.push(a(labels('other.test'), WRONG));
  },
  'another id': (packet) => {
    packet.id ^= 1;
  },
  'another name in the question': (packet) => {
    for (const one of packet.questions) one.name = labels('other.test');
  },
  'the question in capitals': (packet) => {
    for (const one of packet.questions)
      if (!Buffer.isBuffer(one.name)) one.name = one.name.map((label) => label.toUpperCase());
  },
  'another type in the question': (packet) => {
    for (const one of packet.questions) one.type = TYPE.TXT;
  },
  'another class in the question': (packet) => {
    for (const one of packet.questions) one.class = 3;
  },
  'no question': (packet) => {
    packet.questions = [];
  },
  'two questions': (packet) => {
    packet.questions = [...packet.questions, ...packet.questions];
  },
  'more answers counted than there are': (packet) => {
    packet.miscount.answers = 1;
    packet.authorities = [];
  },
  'fewer answers counted than there are': (packet) => {
    packet.miscount.answers = packet.answers.length > 0 ? -1 : 0;
  },
  'rubbish behind': (packet) => {
    packet.trailing = Buffer.alloc(20, 0xff);
  },
  'a broken authority section': (packet) => {
    packet.authorities = [{ ...soa(labels('shop.test')), length: 9_999 }];
  },
  'not marked as a response': flag(FLAG.QR),
  'opcode STATUS': flag(0x1000),
  'the other authority': flag(FLAG.AA),
  'without recursion': flag(FLAG.RA),
  'cut, and whole by TCP': flag(FLAG.TC),
  'FORMERR beside answers': rcode(1),
  'SERVFAIL beside answers': rcode(2),
  'NXDOMAIN beside answers': rcode(3),
  FORMERR: emptied(1),
  SERVFAIL: emptied(2),
  NXDOMAIN: emptied(3),
  NOTIMP: emptied(4),
  REFUSED: emptied(5),
  YXDOMAIN: emptied(6),
  'an unknown code': emptied(15),
  'no record': emptied(0),
  'a referral': (packet) => {
    packet.flags &= ~(FLAG.AA | FLAG.RA);
    packet.answers = [];
    packet.additionals = [];
  },
  'a version of EDNS that is not there': (packet) => {
    packet.answers = [];
    packet.additionals = [
      { name: [], type: TYPE.OPT, class: 1_232, ttl: 0x0100_0000, data: Buffer.alloc(0) },
    ];
  },
};
