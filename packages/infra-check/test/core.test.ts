import { describe, expect, test } from 'vitest';
import { canonicalAddress, reservedKind } from '../src/core/address.ts';
import { nameMatches } from '../src/core/names.ts';
import { worstOf } from '../src/core/status.ts';
import { parseTarget } from '../src/core/target.ts';

test.each([
  ['api.shop.test', 'api.shop.test', true],
  ['API.Shop.Test', 'api.shop.test', true],
  ['*.shop.test', 'api.shop.test', true],
  ['*.shop.test', 'shop.test', false],
  ['*.shop.test', 'a.api.shop.test', false],
  ['a*.shop.test', 'api.shop.test', false],
  ['*i.shop.test', 'api.shop.test', false],
  ['api.*.test', 'api.shop.test', false],
  ['*.*.test', 'api.shop.test', false],
  ['*.test', 'shop.test', false],
  ['*', 'shop', false],
  ['', 'shop.test', false],
  ['xn--*.shop.test', 'xn--a.shop.test', false],
])('a certificate for %j and the name %s: %s', (pattern, host, matches) => {
  expect(nameMatches(pattern, host)).toBe(matches);
});

/** The first and the last address of each network, and those before and behind it. */
test.each([
  ['0.0.0.0', 'unspecified'],
  ['0.255.255.255', 'unspecified'],
  ['1.0.0.0', undefined],
  ['9.255.255.255', undefined],
  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['11.0.0.0', undefined],
  ['100.63.255.255', undefined],
  ['100.64.0.0', 'carrier-grade NAT'],
  ['100.127.255.255', 'carrier-grade NAT'],
  ['100.128.0.0', undefined],
  ['126.255.255.255', undefined],
  ['127.0.0.0', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['128.0.0.0', undefined],
  ['169.253.255.255', undefined],
  ['169.254.0.0', 'link-local'],
  ['169.254.255.255', 'link-local'],
  ['169.255.0.0', undefined],
  ['172.15.255.255', undefined],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', undefined],
  ['191.255.255.255', undefined],
  ['192.0.0.0', 'protocol'],
  ['192.0.0.255', 'protocol'],
  ['192.0.1.0', undefined],
  ['192.0.1.255', undefined],
  ['192.0.2.0', 'documentation'],
  ['192.0.2.255', 'documentation'],
  ['192.0.3.0', undefined],
  ['192.167.255.255', undefined],
  ['192.168.0.0', 'private'],
  ['192.168.255.255', 'private'],
  ['192.169.0.0', undefined],
  ['198.17.255.255', undefined],
  ['198.18.0.0', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.20.0.0', undefined],
  ['198.51.99.255', undefined],
  ['198.51.100.0', 'documentation'],
  ['198.51.100.255', 'documentation'],
  ['198.51.101.0', undefined],
  ['203.0.112.255', undefined],
  ['203.0.113.0', 'documentation'],
  ['203.0.113.255', 'documentation'],
  ['203.0.114.0', undefined],
  ['223.255.255.255', undefined],
  ['224.0.0.0', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.0', 'reserved'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::2', undefined],
  ['::fffe:ffff:ffff', undefined],
  ['::ffff:0:0', 'IPv4-mapped'],
  ['::ffff:ffff:ffff', 'IPv4-mapped'],
  ['::1:0:0:0', undefined],
  ['ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
  ['100::', 'discard-only'],
  ['100::ffff:ffff:ffff:ffff', 'discard-only'],
  ['100:0:0:1::', undefined],
  ['2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
  ['2001:db8::', 'documentation'],
  ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
  ['2001:db9::', undefined],
  ['fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
  ['fc00::', 'unique local'],
  ['fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'unique local'],
  ['fe00::', undefined],
  ['fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
  ['fe80::', 'link-local'],
  ['febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'link-local'],
  ['fec0::', undefined],
  ['feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined],
  ['ff00::', 'multicast'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast'],
  ['2a05:d018::1', undefined],
])('%s is %s', (address, kind) => {
  expect(reservedKind(address)).toBe(kind);
});

test.each([
  ['1.2.3.4', '1.2.3.4'],
  ['01.2.3.4', undefined],
  ['1.2.3.256', undefined],
  ['1.2.3', undefined],
  ['2001:0DB8::0001', '2001:db8::1'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
  ['::1%lo', undefined],
  [':::', undefined],
  ['api.shop.test', undefined],
])('the address %j is %j', (text, address) => {
  expect(canonicalAddress(text)).toBe(address);
});

test.each([
  ['api.retsema.eu', { host: 'api.retsema.eu', port: 443, path: null, isAddress: false }],
  ['API.Retsema.EU.', { host: 'api.retsema.eu', port: 443, path: null }],
  ['api.retsema.eu:8443', { host: 'api.retsema.eu', port: 8443, path: null }],
  ['https://api.retsema.eu/shop', { host: 'api.retsema.eu', port: 443, path: '/shop' }],
  ['https://api.retsema.eu:8443/a?b=c', { port: 8443, path: '/a?b=c' }],
  ['1.2.3.4', { host: '1.2.3.4', isAddress: true }],
  ['2001:db8::1', { host: '2001:db8::1', isAddress: true, port: 443 }],
  ['https://[2001:db8::1]:8443/', { host: '2001:db8::1', isAddress: true, port: 8443, path: '/' }],
  ['https://münchen.example/', { host: 'xn--mnchen-3ya.example' }],
])('the target %s', (given, expected) => {
  expect(parseTarget(given)).toMatchObject({ given, ...expected });
});

describe('the worst status', () => {
  test.each([
    [['ok', 'warning', 'critical', 'unknown'], 'critical'],
    [['ok', 'warning', 'unknown'], 'unknown'],
    [['ok', 'warning', 'skipped'], 'warning'],
    [['ok', 'skipped'], 'ok'],
    [['skipped'], 'unknown'],
    [[], 'unknown'],
  ] as const)('of %j is %s', (statuses, worst) => {
    expect(worstOf(statuses)).toBe(worst);
  });
});
