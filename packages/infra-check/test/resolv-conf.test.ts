import { describe, expect, test } from 'vitest';
import { addressesInHosts, hostSources, parseResolvConf } from '../src/core/resolv-conf.ts';

describe('/etc/resolv.conf is read as glibc reads it', () => {
  test.each<[what: string, text: string, servers: string[]]>([
    ['servers in their order', 'nameserver 10.0.0.2\nnameserver 10.0.0.1\n', ['10.0.0.2', '10.0.0.1']],
    [
      'three at most',
      [1, 2, 3, 4].map((i) => `nameserver 10.0.0.${i}`).join('\n'),
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
    ],
    ['tabs, and words behind', 'nameserver\t10.0.0.1 # the first\r\n', ['10.0.0.1']],
    [
      'an end of line of Windows, which glibc takes for a part of the address',
      'nameserver 10.0.0.1\r\n',
      ['127.0.0.1'],
    ],
    ['IPv6, with a zone', 'nameserver fe80::1%eth0\nnameserver ::1', ['fe80::1%eth0', '::1']],
    ['comments', '# nameserver 10.0.0.1\n;nameserver 10.0.0.2\n', ['127.0.0.1']],
    ['what is no address', 'nameserver dns.shop.test\nnameserver 10.0.0.1:5353\n', ['127.0.0.1']],
    ['a line that is indented', '  nameserver 10.0.0.1\n', ['127.0.0.1']],
    ['nothing', '', ['127.0.0.1']],
  ])('%s', (_what, text, servers) => {
    expect(parseResolvConf(text).servers).toEqual(servers);
  });

  test('the last of search and domain counts', () => {
    expect(parseResolvConf('domain a.test\nsearch B.test c.test.\n').search).toEqual(['b.test', 'c.test']);
    expect(parseResolvConf('search b.test c.test\ndomain a.test x.test\n').search).toEqual(['a.test']);
    expect(parseResolvConf('').search).toEqual([]);
  });

  test.each([
    ['', 5, false],
    ['options timeout:2 attempts:3', 2, false],
    ['options ndots:2 rotate\noptions timeout:1', 1, true],
    ['options timeout:90', 30, false],
    ['options timeout:x rotated', 5, false],
  ])('"%s" means %d s and rotation %s', (text, timeoutSeconds, rotate) => {
    expect(parseResolvConf(text)).toMatchObject({ timeoutSeconds, rotate });
  });
});

test('/etc/hosts gives all addresses of a name and of its aliases, in any case, and none from comments', () => {
  const text =
    '10.0.0.1 api.shop.test other\n#10.0.0.2 api.shop.test\n::1 x API.shop.test # 10.0.0.3\n10.0.0.4 api.shop.test.\n';
  expect(addressesInHosts(text, 'api.shop.test')).toEqual(['10.0.0.1', '::1']);
  expect(addressesInHosts(text, 'other')).toEqual(['10.0.0.1']);
  expect(addressesInHosts(text, 'shop.test')).toEqual([]);
});

test.each([
  ['hosts: files dns', ['files', 'dns']],
  [
    'passwd: files\nhosts:\tfiles mdns4_minimal [NOTFOUND=return] dns # as installed\n',
    ['files', 'mdns4_minimal', 'dns'],
  ],
  ['passwd: files', ['dns', 'files']],
])('the sources of "%s" are %j', (text, sources) => {
  expect(hostSources(text)).toEqual(sources);
});
