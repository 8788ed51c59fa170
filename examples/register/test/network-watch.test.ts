import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bringsNetwork, watchAddresses } from '../src/network-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const withAddress = (address: string, internal = false) =>
  ({ address, internal }) as unknown as NetworkInterfaceInfo;

test('a new address is told, one that stays or goes away is not', () => {
  const loopback = [withAddress('127.0.0.1', true)];
  let interfaces: Record<string, NetworkInterfaceInfo[]> = { lo: loopback, eth0: [withAddress('192.0.2.7')] };
  const available = vi.fn();
  using _ = watchAddresses(available, () => interfaces);
  vi.advanceTimersByTime(60_000);
  interfaces = { lo: loopback };
  vi.advanceTimersByTime(60_000);
  expect(available).not.toHaveBeenCalled();
  interfaces = { lo: loopback, eth0: [withAddress('192.0.2.7')] };
  vi.advanceTimersByTime(2_000);
  expect(available).toHaveBeenCalledTimes(1);
  interfaces = { lo: loopback, wwan0: [withAddress('198.51.100.4')] };
  vi.advanceTimersByTime(60_000);
  expect(available).toHaveBeenCalledTimes(2);
});

test.each([
  ['2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0', true],
  ['default via 192.0.2.1 dev eth0 proto dhcp metric 100', true],
  ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq state UP group default', true],
  ['2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc fq state DOWN group default', false],
  ['Deleted default via 192.0.2.1 dev eth0 proto dhcp metric 100', false],
  ['Deleted 2: eth0    inet 192.0.2.7/24 scope global eth0', false],
  ['192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.7 linkdown', false],
])('of what ip monitor says, %j brings the network: %s', (line, expected) => {
  expect(bringsNetwork(line)).toBe(expected);
});
