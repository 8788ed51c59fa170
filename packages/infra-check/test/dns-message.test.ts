import { describe, expect, test } from 'vitest';
import { addressesIn } from '../src/core/dns-facts.ts';
import { decodeAnswer, encodeQuery, outcomeOf, type Question } from '../src/probes/dns-message.ts';

const question: Question = { name: 'api.shop.test', type: 'A', recursive: true };
const OWN = [0xc0, 12];

interface Made {
  owner?: readonly number[];
  type?: number;
  length?: number;
  data?: readonly number[];
  flags?: number;
  counts?: readonly [questions: number, answers: number, authorities: number, additionals: number];
  behind?: readonly number[];
}

/** An answer with one record, which is sound where nothing else is said. */
function answer({ owner = OWN, type = 1, length, data = [52, 1, 2, 3], ...rest }: Made = {}) {
  const { flags = 0x8180, counts = [1, 1, 0, 0], behind = [] } = rest;
  const { id, bytes: query } = encodeQuery(question);
  const head = Buffer.alloc(12);
  [id, flags, ...counts].forEach((word, i) => {
    head.writeUInt16BE(word, 2 * i);
  });
  const size = length ?? data.length;
  const record = [...owner, type >> 8, type & 255, 0, 1, 0, 0, 0, 60, size >> 8, size & 255, ...data];
  const bytes = Buffer.concat([head, query.subarray(12), Buffer.from([...record, ...behind])]);
  return decodeAnswer(bytes, id, question);
}

const addresses = (made: Made): string[] => {
  const message = answer(made);
  return message ? addressesIn({ name: question.name, type: question.type, answers: message.answers }) : [];
};

test('a question is sent without EDNS, as the system of a till sends it', () => {
  const { bytes } = encodeQuery(question);
  expect(bytes.readUInt16BE(10)).toBe(0);
  expect(bytes.toString('latin1', 12)).toBe('\u0003api\u0004shop\u0004test\0\0\u0001\0\u0001');
});

test('a sound answer has its address', () => {
  expect(addresses({})).toEqual(['52.1.2.3']);
});

const name = (...labels: readonly string[]): number[] => [
  ...labels.flatMap((label) => [label.length, ...Buffer.from(label)]),
  0,
];

describe('no address is taken from a record', () => {
  test.each<[what: string, made: Made]>([
    ['of another owner', { owner: name('api', 'other', 'test') }],
    ['whose owner has a dot within a label', { owner: name('api.shop', 'test') }],
    ['whose owner has a backslash and a dot in a label', { owner: name('api\\', 'shop', 'test') }],
    ['of three bytes', { data: [52, 1, 2] }],
    ['of five bytes', { data: [52, 1, 2, 3, 4] }],
    ['of no byte', { data: [] }],
    ['beside an error', { flags: 0x8183 }],
    ['of the type AAAA', { type: 28, data: [...Array(16).keys()] }],
  ])('%s', (_what, made) => {
    expect(addresses(made)).toEqual([]);
  });
});

test('an owner in other letters is the same', () => {
  expect(addresses({ owner: name('API', 'Shop', 'TEST') })).toEqual(['52.1.2.3']);
});

describe('a message is no answer to the question', () => {
  test.each<[what: string, made: Made]>([
    ['without a question', { counts: [0, 1, 0, 0] }],
    ['with two questions', { counts: [2, 1, 0, 0] }],
    ['that is the question itself', { flags: 0x0100, counts: [1, 0, 0, 0] }],
  ])('%s', (_what, made) => {
    expect(answer(made)).toBeUndefined();
  });
});

describe('a message is one that nobody takes', () => {
  test.each<[what: string, made: Made]>([
    ['whose record ends behind it', { length: 400 }],
    ['that counts one record more than it has', { counts: [1, 2, 0, 0] }],
    ['whose owner points at itself', { owner: [0xc0, 31] }],
    ['whose CNAME ends behind it', { type: 5, data: [60, 97] }],
    ['with a label of a kind that is not in use', { owner: [0x41, 97, 0] }],
  ])('%s', (_what, made) => {
    expect(() => answer(made)).toThrow(RangeError);
  });
});

test('what is broken behind the answers is no matter', () => {
  expect(addresses({ counts: [1, 1, 1, 1], behind: [0xff, 0xff] })).toEqual(['52.1.2.3']);
});

test('an error of EDNS is one, though its lower bits are those of NOERROR', () => {
  const behind = [0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0];
  const message = answer({ counts: [1, 1, 0, 1], behind });
  expect(message?.rcode).toBe('RCODE16');
  expect(message && outcomeOf(message, question)).toBe('other_rcode');
});

test.each([
  [{ recursive: true }, 0x0120],
  [{ recursive: false }, 0],
  [{ recursive: true, unchecked: true }, 0x0130],
  [{ recursive: false, unchecked: true }, 0x0010],
])('a question that is %j has no other flags than its own', (kind, flags) => {
  expect(encodeQuery({ ...question, ...kind }).bytes.readUInt16BE(2)).toBe(flags);
});

test.each([
  ['authoritative', 0x8400],
  ['truncated', 0x8200],
  ['recursion', 0x8080],
  ['authentic', 0x8020],
] as const)('one bit of the answer says %s, and nothing else', (flag, flags) => {
  const message = answer({ flags });
  const set = (['authoritative', 'truncated', 'recursion', 'authentic'] as const).filter(
    (one) => message?.[one],
  );
  expect(set).toEqual([flag]);
});

test('none of them is said by the bits of an error', () => {
  const message = answer({ flags: 0x800f });
  expect(message).toMatchObject({
    rcode: 'RCODE15',
    authoritative: false,
    truncated: false,
    recursion: false,
    authentic: false,
  });
});

test('a message with another id, or shorter than its head, answers nothing', () => {
  const { id, bytes } = encodeQuery(question);
  bytes.writeUInt16BE(0x8183, 2);
  expect(decodeAnswer(bytes, id, question)?.rcode).toBe('NXDOMAIN');
  expect(decodeAnswer(bytes, id ^ 1, question)).toBeUndefined();
  expect(decodeAnswer(bytes.subarray(0, 11), id, question)).toBeUndefined();
  expect(decodeAnswer(Buffer.alloc(0), id, question)).toBeUndefined();
});

describe('an answer without records', () => {
  const empty = { counts: [1, 0, 0, 0] as const, owner: [], data: [] };
  test.each<[what: string, made: Made, recursive: boolean, outcome: string]>([
    ['by a resolver', { flags: 0x8180 }, true, 'nodata'],
    ['by one that asks nobody and knows nothing', { flags: 0x8100 }, true, 'lame'],
    ['by one with authority', { flags: 0x8500 }, true, 'nodata'],
    ['that says that there is no such name, asking nobody', { flags: 0x8103 }, true, 'nxdomain'],
    ['with an additional record', { flags: 0x8100, counts: [1, 0, 0, 1] }, true, 'nodata'],
    ['by a server of the zone', { flags: 0x8400 }, false, 'nodata'],
    ['by a server that has no authority', { flags: 0x8000 }, false, 'lame'],
    ['by a server that has none, and no such name', { flags: 0x8003 }, false, 'lame'],
    ['by a server that refuses', { flags: 0x8005 }, false, 'refused'],
    ['by a server that fails', { flags: 0x8002 }, false, 'servfail'],
    ['by a server that cannot do it', { flags: 0x8004 }, false, 'other_rcode'],
  ])('%s', (_what, made, recursive, outcome) => {
    const message = answer({ ...empty, ...made });
    expect(message && outcomeOf(message, { ...question, recursive })).toBe(outcome);
  });
});
