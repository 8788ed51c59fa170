import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSandbox } from '../src/index.ts';
import { ask } from './support/client.ts';
import { dig, hasDig } from './support/dig.ts';
import { rsaKey } from './support/keys.ts';
import { type OpenSandbox, resolverAt } from './support/road.ts';

const SOA = 'shop.test. 60 SOA ns1.shop.test. hostmaster.shop.test. 2 7200 900 1209600 60';

let sandbox: OpenSandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ dns: true, keys: { AMIS1: rsaKey } });
});

afterAll(() => sandbox.close());

const both = (name: string, check: (resolver: ReturnType<typeof resolverAt>) => Promise<void>) =>
  test.each([0, 1])(`${name} (name server %i)`, async (i) => {
    await check(resolverAt(sandbox.dns.servers[i] ?? ''));
  });

describe("Node's resolver finds", () => {
  both('the addresses of the gateway in turns, two of three at a time, for a minute', async (resolver) => {
    const first: string[] = [];
    for (const _ of [1, 2, 3]) {
      const records = await resolver.resolve4('api.shop.test', { ttl: true });
      expect(records.map(({ ttl }) => ttl)).toEqual([60, 60]);
      expect(new Set(records.map(({ address }) => address)).size).toBe(2);
      first.push(records[0]?.address ?? '');
    }
    expect(first.sort()).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  });

  both('no AAAA for a gateway that has none', async (resolver) => {
    await expect(resolver.resolve6('api.shop.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  both('the validation CNAME and what stands behind it', async (resolver) => {
    const { name, target } = sandbox.dns.validation;
    expect(await resolver.resolveCname(name)).toEqual([target]);
    expect(await resolver.resolveTxt(name)).toEqual([[expect.stringMatching(/^[0-9a-f]{64}$/)]]);
  });

  both('CAA for Amazon at the zone, none at the name, none above', async (resolver) => {
    const found = await resolver.resolveCaa('shop.test');
    expect(found.map(({ issue }) => issue)).toEqual(sandbox.dns.caaIssuers);
    expect(found.every(({ critical }) => critical === 0)).toBe(true);
    for (const name of ['api.shop.test', 'test']) {
      await expect(resolver.resolveCaa(name)).rejects.toMatchObject({ code: 'ENODATA' });
    }
  });

  both('the name servers and where the zone begins', async (resolver) => {
    expect((await resolver.resolveNs('shop.test')).sort()).toEqual(['ns1.shop.test', 'ns2.shop.test']);
    expect(await resolver.resolve4('ns1.shop.test')).toEqual(['127.0.0.1']);
    expect(await resolver.resolve4('ns2.shop.test')).toEqual(['127.0.0.2']);
    expect(await resolver.resolveSoa('shop.test')).toMatchObject({ nsname: 'ns1.shop.test', serial: 2 });
    await expect(resolver.resolveNs('api.shop.test')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  both('nothing behind a name that does not exist, and is refused what is not ours', async (resolver) => {
    await expect(resolver.resolve4('nobody.shop.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('other.test')).rejects.toMatchObject({ code: 'EREFUSED' });
  });
});

test('a gateway answers behind every address', async () => {
  const resolver = resolverAt(sandbox.dns.servers[0] ?? '');
  const addresses = await Promise.all([1, 2, 3].map(() => resolver.resolve4(sandbox.dns.aliasTarget)));
  expect(new Set(addresses.flat()).size).toBe(3);
  for (const address of addresses.flat()) {
    expect(await ask(sandbox, { body: '{}', address })).toMatchObject({ status: 400 });
  }
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

test.skipIf(!hasIpv6)('where it is asked for, the gateway is at ::1 too (skipped without IPv6)', async () => {
  const dual = await startSandbox({ dns: { dualStack: true }, keys: { AMIS1: rsaKey } });
  const resolver = resolverAt(dual.dns.servers[0] ?? '');
  for (const name of ['api.shop.test', dual.dns.aliasTarget]) {
    expect(await resolver.resolve6(name)).toEqual(['::1']);
  }
  const answer = await ask(dual, { body: '{}', address: '::1' });
  await dual.close();
  expect(answer.status).toBe(400);
});

test('the names are the same ones for the same domain, and others for another', async () => {
  const options = { dns: true, keys: { AMIS1: rsaKey } } as const;
  const [same, other] = [
    await startSandbox(options),
    await startSandbox({ ...options, domain: 'A.b.Example' }),
  ];
  const [one, another] = [same.dns, other.dns];
  const found = await resolverAt(another.servers[0] ?? '').resolve4('amis.a.b.example');
  await Promise.all([same.close(), other.close()]);
  expect(one.validation).toEqual(sandbox.dns.validation);
  expect(another.zone).toBe('a.b.example');
  expect(another.validation.name).not.toBe(one.validation.name);
  expect(found).toHaveLength(2);
});

describe.skipIf(!hasDig)('dig agrees (skipped without it: apt-get install bind9-dnsutils)', () => {
  const digAt = (i: number, ...words: string[]) => dig(sandbox.dns.servers[i] ?? '', ...words);

  test.each([0, 1])(
    'name server %i answers with authority, and resolves for whoever asks for it',
    async (i) => {
      expect(await digAt(i, 'api.shop.test', 'A')).toMatchObject({
        status: 'NOERROR',
        flags: ['qr', 'aa', 'rd', 'ra'],
      });
      expect(await digAt(i, '+norecurse', 'api.shop.test', 'A')).toMatchObject({ flags: ['qr', 'aa'] });
      expect(await digAt(i, 'other.test')).toMatchObject({ status: 'REFUSED', flags: ['qr', 'rd', 'ra'] });
    },
  );

  test.each([
    ['NXDOMAIN', 'nobody.shop.test', 'A', SOA],
    ['NXDOMAIN', 'below.api.shop.test', 'A', SOA],
    ['NOERROR', 'api.shop.test', 'AAAA', SOA],
    ['NOERROR', 'api.shop.test', 'TYPE65280', SOA],
    ['NOERROR', 'api.shop.test', 'HTTPS', SOA],
    ['NOERROR', 'shop.test', 'DS', SOA],
    [
      'NOERROR',
      'test',
      'CAA',
      SOA.replaceAll('shop.test. 60', 'test. 60').replace('hostmaster.shop', 'hostmaster'),
    ],
    [
      'NOERROR',
      'amazonaws.com',
      'CAA',
      SOA.replace('shop.test. 60', 'amazonaws.com. 60').replace(
        'hostmaster.shop.test',
        'hostmaster.amazonaws.com',
      ),
    ],
  ])('%s for %s %s says in the SOA how long that may be kept', async (status, name, type, soa) => {
    expect(await digAt(0, name, type)).toMatchObject({ status, answer: [], authority: [soa] });
  });

  test('a name between others exists though it holds nothing', async () => {
    const between = sandbox.dns.validation.target.replace(/^[^.]*\./, '');
    expect(await digAt(0, between, 'A')).toMatchObject({ status: 'NOERROR', answer: [] });
  });

  test('NS come with their addresses', async () => {
    expect(await digAt(0, 'shop.test', 'NS')).toMatchObject({
      answer: ['shop.test. 300 NS ns1.shop.test.', 'shop.test. 300 NS ns2.shop.test.'],
      additional: ['ns1.shop.test. 300 A 127.0.0.1', 'ns2.shop.test. 300 A 127.0.0.2'],
    });
  });

  test('an answer repeats the name as it was spelled', async () => {
    const { answer } = await digAt(0, 'aPi.ShOp.tEsT', 'A');
    expect(answer[0]).toMatch(/^aPi\.ShOp\.tEsT\. 60 A 127\./);
  });

  test('TCP gives the same, several questions on one connection', async () => {
    const { text } = await digAt(0, '+tcp', '+keepopen', 'shop.test', 'SOA', 'shop.test', 'CAA');
    expect(text.match(/status: NOERROR/g)).toHaveLength(2);
    expect(text.match(/\(TCP\)/g)).toHaveLength(2);
  });

  test('TC over UDP leads to TCP', async () => {
    await sandbox.break(['dns-truncated']);
    const cut = await digAt(1, '+ignore', 'shop.test', 'CAA');
    const whole = await digAt(1, 'shop.test', 'CAA');
    await sandbox.break([]);
    expect(cut).toMatchObject({ flags: ['qr', 'aa', 'tc', 'rd', 'ra'], answer: [] });
    expect(whole.answer).toHaveLength(4);
    expect(whole.text).toContain('(TCP)');
  });

  test('EDNS: our size, the DO bit kept, another version refused, none where none was asked', async () => {
    const { text } = await digAt(0, '+dnssec', '+bufsize=4096', 'shop.test', 'SOA');
    expect(text).toContain('EDNS: version: 0, flags: do; udp: 1232');
    expect(await digAt(0, '+edns=1', '+noednsnegotiation', 'shop.test')).toMatchObject({ status: 'BADVERS' });
    expect((await digAt(0, '+noedns', 'shop.test', 'SOA')).text).not.toContain('EDNS');
  });

  test.each([
    [['+tcp', 'shop.test', 'AXFR'], 'Transfer failed'],
    [['-c', 'CH', 'version.bind', 'TXT'], 'REFUSED'],
    [['+opcode=NOTIFY', 'shop.test', 'SOA'], 'NOTIMP'],
    [['+header-only'], 'FORMERR'],
    [['.', 'NS'], 'REFUSED'],
    [['api\\.shop.test', 'A'], 'REFUSED'],
  ])('%j is answered with %s', async (words, said) => {
    expect((await digAt(0, ...words)).text).toContain(said);
  });
});
